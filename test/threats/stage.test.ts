import { beforeEach, describe, expect, it } from 'vitest'
import { DOCUMENT_FRESH_MS } from '../../src/did/followed-documents.ts'
import type { Verifier } from '../../src/verifier/create-verifier.ts'
import type { PresentationVerdict } from '../../src/verifier/verdict.ts'
import { codeOf, makeWebPerson, World } from '../helpers/world.ts'
import { newChallenge, READ, Stage } from './stage.ts'
import { AUTHORITY, AUTHORITY_URL, createWebWorld, STATUS, type WebWorld } from './web-world.ts'

const MINUTE = 60_000

/** What no verifier may do: it remembers what it said of a chain. */
function remembering(verifier: Verifier): Verifier {
  const said = new Map<string, PresentationVerdict>()
  return {
    ...verifier,
    verify: async (request, ask) => {
      const chain = request.header('agent-delegation') ?? ''
      const verdict = said.get(chain) ?? (await verifier.verify(request, ask))
      said.set(chain, verdict)
      return verdict
    },
  }
}

describe('deciding by a cold and a warm verifier', () => {
  it('notices one that remembers its verdicts', async () => {
    const world = await World.create()
    const stage = await Stage.create({ world, wrap: remembering })
    const chain = await world.agentChain()
    await stage.warmUp(chain, {})
    world.site.set('revocation', 2)
    world.now += 1000
    await world.site.publish()

    await expect(stage.chain(chain)).rejects.toThrow(/expected/)
    const honest = await Stage.create({ world: await World.create() })
    expect(await honest.chain(await honest.world.agentChain())).toBe('verified')
  })

  it('notices one that remembers its verdicts for an expired chain and for another action', async () => {
    const world = await World.create()
    const stage = await Stage.create({ world, wrap: remembering })
    const chain = await world.agentChain({}, { validUntil: world.now + MINUTE })
    await stage.warmUp(chain, {})

    await expect(stage.chain(chain, {}, { action: 'mail.delete' })).rejects.toThrow(/expected/)
    world.now += 2 * MINUTE
    await expect(stage.chain(chain)).rejects.toThrow(/expected/)
  })
})

/** One chain that the warm verifier has long accepted, while the world around it changes. */
describe('a chain that was accepted and remembered', () => {
  let web: WebWorld
  let world: World
  let stage: Stage
  let chain: readonly string[]

  beforeEach(async () => {
    web = await createWebWorld()
    world = web.world
    stage = await Stage.create({ world, verifier: { fetch: web.fetch, trust: [AUTHORITY] } })
    chain = await world.subAgentChain()
    await stage.warmUp(chain, { signer: world.subAgent.signer })
  })

  /** Status is published as of then. */
  async function later(ms: number): Promise<void> {
    world.now += ms
    await world.site.publish()
  }

  /** In every way of presenting. */
  async function outcome(): Promise<string> {
    const { signer } = world.subAgent
    const challenge = newChallenge()
    const outcomes = [
      await stage.derived(chain),
      await stage.token(await world.token(chain, { signer })),
      await stage.document(await world.document(chain, { signer, challenge }), challenge),
    ]
    const referred = codeOf(await stage.warm.verify(await world.refer(chain, { signer }), READ))
    // One that has ended or that was signed anew is not kept.
    if (referred !== 'chain_required') outcomes.push(referred)
    return [...new Set(outcomes)].join()
  }

  it('is judged like a new one: accepted still after other entries of its lists were set', async () => {
    world.site.set('revocation', 77)
    world.site.set('suspension', 78)
    await later(1000)

    expect(await outcome()).toBe('verified')
  })

  it.each([
    ['the owner', 1],
    ['the agent', 2],
    ['the sub-agent', 10],
  ])('is judged like a new one: refused once %s is revoked', async (_who, index) => {
    expect(await outcome()).toBe('verified')
    world.site.set('revocation', index)
    await later(1000)

    expect(await outcome()).toBe('revoked')
  })

  it('is judged like a new one: refused while suspended, accepted when resumed', async () => {
    world.site.set('suspension', 2)
    await later(1000)
    expect(await outcome()).toBe('suspended')
    world.site.set('suspension', 2, false)
    await later(1000)

    expect(await outcome()).toBe('verified')
  })

  it('is judged like a new one: refused once it has ended', async () => {
    await later(15 * MINUTE + 29_999)
    expect(await outcome()).toBe('verified')
    await later(1)

    expect(await outcome()).toBe('expired')
  })

  it('is judged like a new one: refused on status that is too old', async () => {
    world.now += 5 * MINUTE + 1000

    expect(await outcome()).toBe('status_stale')
    await later(0)
    expect(await outcome()).toBe('verified')
  })

  it('is judged like a new one: refused once the key that signed its root has left the document [TP-05]', async () => {
    const next = await makeWebPerson(world.authority.did, 'key-2')
    web.listAuthorityKeys(next.signer, world.authority.signer)
    await live()
    expect(await outcome()).toBe('verified')
    web.listAuthorityKeys(next.signer)
    await live()
    expect(await outcome()).toBe('key_not_authorized')
    const renewed = await world.sign(world.ownerCredential(), next.signer)
    chain = [renewed, ...chain.slice(1)]

    expect(await stage.derived(chain)).toBe('verified')
  })

  it('is judged like a new one: refused where the document has another key under the same name', async () => {
    const next = await makeWebPerson(world.authority.did)
    web.listAuthorityKeys(next.signer)
    await live()

    expect(await outcome()).toBe('signature_invalid')
  })

  it('is judged like a new one after the key of the status issuer was changed', async () => {
    const next = await makeWebPerson(STATUS, 'key-2')
    world.now += DOCUMENT_FRESH_MS
    chain = await world.subAgentChain()
    await web.rotateStatusKey(next)

    expect(await stage.derived(chain)).toBe('verified')
  })

  it('is judged like a new one when the document names other lists', async () => {
    web.documents.set(
      AUTHORITY_URL,
      JSON.parse(
        JSON.stringify(web.documents.get(AUTHORITY_URL)).replaceAll(
          world.site.base,
          'https://id.example/status/other',
        ),
      ),
    )
    world.now += DOCUMENT_FRESH_MS
    chain = await world.subAgentChain()
    const request = await world.present(chain, { signer: world.subAgent.signer })
    const cold = await stage.cold()
    for (let look = 0; look < 2; look++) await stage.warm.sync()

    expect(await cold.verify(request, READ)).toMatchObject({ refusal: { code: 'status_unavailable' } })
    expect(await stage.warm.verify(request, READ)).toMatchObject({ refusal: { code: 'status_stale' } })
  })

  /** The documents are fetched anew; the chain lives on. */
  async function live(): Promise<void> {
    world.now += DOCUMENT_FRESH_MS
    chain = await world.subAgentChain()
    await world.site.publish()
  }
})
