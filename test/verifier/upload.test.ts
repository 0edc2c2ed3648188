import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { ChainStore, KeptChain } from '../../src/verifier/ports.ts'
import type { UploadVerdict } from '../../src/verifier/verdict.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { AUDIENCE, codeOf, mailGrant, type PresentOptions, readLink, World } from '../helpers/world.ts'

let world: World
let verifier: Verifier

beforeEach(async () => {
  world = await World.create()
  verifier = await started()
})

async function started(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const made = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { 'mail.read': 'sensitive', 'mail.list': 'routine', '*': 'critical' },
    fetch: world.site.fetch,
    clock: world.clock,
    ...options,
  })
  await made.sync()
  return made
}

const READ = { action: 'mail.read' }

function outcomeOf(verdict: UploadVerdict): string {
  return verdict.verified ? 'kept' : `${verdict.refusal.code} ${verdict.refusal.dimension}`
}

async function upload(texts: readonly string[], options: PresentOptions = {}): Promise<string> {
  return outcomeOf(await verifier.upload(await world.upload(texts, options)))
}

async function use(texts: readonly string[], options: PresentOptions = {}): Promise<string> {
  return codeOf(await verifier.verify(await world.refer(texts, options), READ))
}

describe('a chain that was sent in advance', () => {
  it('is used by its digest, as often as its presenter signs for it', async () => {
    const chain = await world.longChain()

    expect(await upload(chain)).toBe('kept')
    expect(await use(chain)).toBe('verified')
    expect(await use(chain)).toBe('verified')
  })

  it('says the same as one in a request', async () => {
    const chain = await world.agentChain()
    const inField = await verifier.verify(await world.present(chain), READ)
    await upload(chain)

    expect(await verifier.verify(await world.refer(chain), READ)).toEqual(inField)
  })

  it('is kept until its first link ends', async () => {
    const chain = await world.agentChain()
    const verdict = await verifier.upload(await world.upload(chain))

    expect(verdict).toEqual({ verified: true, expiresAt: world.now + 23 * 3_600_000 })
  })

  it('may be a mixture of all mechanisms', async () => {
    const chain = await world.mixedChain('eddsa-jcs-2022', 'vc+sd-jwt', 'vc+jwt')
    const signer = { signer: world.subAgent.signer }

    expect(await upload(chain, signer)).toBe('kept')
    expect(await use(chain, signer)).toBe('verified')
  })

  it('is judged anew at each use: by time, status and what is asked', async () => {
    const chain = await world.longChain()
    await upload(chain)

    expect(codeOf(await verifier.verify(await world.refer(chain), { action: 'mail.purge' }))).toBe(
      'not_authorized',
    )
    world.now += 301_000
    expect(await use(chain)).toBe('status_stale')
    world.site.set('revocation', 2)
    await world.site.publish()
    await verifier.sync()
    expect(await use(chain)).toBe('revoked')
  })

  it('is not there before it was sent, nor when the store has lost it', async () => {
    const chain = await world.longChain()
    expect(await use(chain)).toBe('chain_required')
    await upload(chain)
    expect(await use(chain)).toBe('verified')

    verifier = await started()

    expect(await use(chain)).toBe('chain_required')
  })

  it('is kept once its authority is trusted, and for as long', async () => {
    const chain = await world.longChain()
    verifier = await started({ trust: [] })
    expect(await upload(chain)).toBe('untrusted_authority undefined')

    verifier.setTrust([world.trust])
    await verifier.sync()
    expect(await upload(chain)).toBe('kept')
    expect(await use(chain)).toBe('verified')
    verifier.setTrust([])
    expect(await use(chain)).toBe('chain_required')
  })

  it('is kept in a store that several processes share', async () => {
    const kept = new Map<string, KeptChain>()
    const chains: ChainStore = {
      get: async (digest) => kept.get(digest)?.texts,
      put: async (digest, chain) => kept.set(digest, chain).size > 0,
    }
    const chain = await world.longChain()
    verifier = await started({ chains })
    expect(await upload(chain)).toBe('kept')
    verifier = await started({ chains })

    expect(await use(chain)).toBe('verified')
    expect([...kept.values()]).toEqual([
      {
        texts: chain,
        authority: world.authority.did,
        presenter: world.agent.did,
        agent: world.agent.did,
        expiresAt: world.now + 23 * 3_600_000,
      },
    ])
  })

  it('is refused when the store fails, and taken for missing, and the operator is told', async () => {
    const cause = new Error('down')
    const down = () => Promise.reject(cause)
    const onAlarm = vi.fn()
    const chain = await world.longChain()
    verifier = await started({ chains: { get: down, put: down }, onAlarm })

    expect(await verifier.upload(await world.upload(chain))).toMatchObject({
      verified: false,
      refusal: { code: 'limit_exceeded', dimension: 'chains', authenticated: true },
    })
    expect(await use(chain)).toBe('chain_required')
    expect(onAlarm.mock.calls).toEqual(Array(2).fill([{ kind: 'store_failed', store: 'chains', cause }]))
  })

  it('is not what a store makes of it', async () => {
    const [chain, other] = [await world.longChain(), await world.agentChain()]
    verifier = await started({ chains: { get: () => other, put: () => true } })

    expect(await use(chain)).toBe('chain_required')
    expect(await use(other)).toBe('verified')
  })
})

describe('sending a chain in advance', () => {
  it('tolerates status that is as old as some action allows', async () => {
    world.now += 3_599_000

    expect(await upload(await world.longChain())).toBe('kept')
    world.now += 2_000
    expect(await upload(await world.longChain())).toBe('status_stale freshness')
  })

  it.each([
    ['no request', { target: '/inbox' }, 'malformed target'],
    ['another method', { method: 'PUT' }, 'malformed target'],
    ['another media type', { contentType: 'text/plain' }, 'malformed content-type'],
    ['no body', { body: new Uint8Array() }, 'malformed body'],
    ['a body that is no chain', { body: new TextEncoder().encode('{}') }, 'malformed body'],
  ])('is refused with %s', async (_, options, outcome) => {
    const chain = await world.longChain()

    expect(await upload(chain, options)).toBe(outcome)
    expect(await upload(chain)).toBe('kept')
  })

  it('is refused without a reference, or with the chain itself in the field', async () => {
    const chain = await world.agentChain()
    const request = await world.upload(chain)
    const without = (name: string) => (name === 'agent-delegation' ? undefined : request.header(name))
    const [owner, agent] = chain

    expect(outcomeOf(await verifier.upload({ ...request, header: without }))).toBe(
      'chain_required agent-delegation',
    )
    expect(await upload(chain, { field: `"${owner}", "${agent}"` })).toBe('malformed agent-delegation')
  })

  it.each([
    ['another environment', { environment: 'staging' }, 'environment_mismatch undefined'],
    ['nobody whom the service trusts', { trust: [] }, 'untrusted_authority undefined'],
  ])('is refused for %s', async (_, options, outcome) => {
    verifier = await started(options)

    expect(await upload(await world.longChain())).toBe(outcome)
  })

  it('is accepted at any time of the day: a grant that reads the time is judged when it is used', async () => {
    const days = [1, 2, 3, 4, 5, 6, 7]
    const hours = (from: number, to: number) =>
      world.longChain({
        authorizationDetails: [
          mailGrant({ constraints: [{ kind: 'time', days, from, to, zone: 'UTC' }] }),
          mailGrant({ actions: ['mail.send'] }),
        ],
      })
    const [open, closed] = [await hours(0, 600), await hours(0, 60)]

    expect(await upload(open)).toBe('kept')
    expect(await use(open)).toBe('verified')
    expect(await upload(closed)).toBe('kept')
    expect(await use(closed)).toBe('constraint_violated')
  })

  it('is refused for a chain that is revoked, expired or does not join', async () => {
    const chain = await world.longChain()
    const [owner] = chain
    expect(await upload([owner, owner])).toBe('chain_broken type')
    world.site.set('revocation', 2)
    await world.site.publish()
    await verifier.sync()
    expect(await upload(chain)).toBe('revoked undefined')
    world.now += 24 * 3_600_000
    expect(await upload(chain)).toBe('expired undefined')
  })

  it('is accepted without status where the last link may have none', async () => {
    const above = await world.agentChain({ allowStatusless: true })
    const { status: _, ...credential } = world.derivedCredential(await readLink(above[1]))
    const chain = [...above, await world.sign(credential, world.agent.signer)]

    expect(await upload(chain, { signer: world.subAgent.signer })).toBe('kept')
  })
})
