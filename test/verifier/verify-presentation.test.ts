import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DidDocument } from '../../src/did/did-document.ts'
import { createDidResolver, type DidResolver } from '../../src/did/resolve-did.ts'
import { accept, refuse, type Verdict } from '../../src/refusal.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import { evidenceOf } from '../../src/verifier/evidence.ts'
import { acceptAgain, acceptPresentation, type Case } from '../../src/verifier/verify-presentation.ts'
import { acceptedValue } from '../helpers/signers.ts'
import { AUDIENCE, NOW, World } from '../helpers/world.ts'

const MINUTE = 60_000
const keys = createDidResolver()

let world: World
/** What a verifier was given that accepted it. */
let given: Case
let looked: readonly (readonly [string, string])[]

beforeEach(async () => {
  world = await World.create()
  const { trust, clock, site } = world
  const freshness = { '*': 'sensitive' } as const
  const verifier = createVerifier({ audience: AUDIENCE, trust: [trust], freshness, fetch: site.fetch, clock })
  await verifier.sync()
  const request = await world.present(await world.agentChain())
  const verdict = await verifier.verify(request, { action: 'mail.read' })
  const { context, question, presentation } = evidenceOf(verdict)
  if (presentation === undefined) throw new Error('the sample cannot be read')
  // Its nonce is used up by now.
  given = { context, question, presentation: { ...presentation, prove: () => accept(NOW + 60 * MINUTE) } }
  const calls: [string, string][] = []
  looked = calls
  for (const method of ['nudge', 'renewKeys'] as const)
    vi.spyOn(context.sync, method).mockImplementation((authority) => void calls.push([method, authority]))
})

afterEach(() => vi.restoreAllMocks())

/** The same, where one DID resolves to something else. */
function resolving(did: string, answer: Verdict<DidDocument>): Case {
  const resolver: DidResolver = { resolve: (asked) => (asked === did ? answer : keys.resolve(asked)) }
  return { ...given, context: { ...given.context, resolver } }
}

async function withoutKeys(did: string): Promise<Case> {
  return resolving(did, accept({ ...acceptedValue(await keys.resolve(did)), assertionMethod: [] }))
}

describe('what a refusal has the verifier look at', () => {
  it('is nothing when the presentation is accepted', async () => {
    expect(await acceptPresentation(given)).toMatchObject({ verified: true })
    expect(looked).toEqual([])
  })

  it('is the authority, when its document is not held', async () => {
    expect(
      await acceptPresentation(resolving(world.authority.did, refuse('did_unresolvable'))),
    ).toMatchObject({ refusal: { code: 'did_unresolvable', link: 0 }, authenticated: false })
    expect(looked).toEqual([['nudge', world.authority.did]])
  })

  it('is the document of the authority, when it does not list the key of the root', async () => {
    expect(await acceptPresentation(await withoutKeys(world.authority.did))).toMatchObject({
      refusal: { code: 'key_not_authorized', link: 0 },
      rule: 'signatures',
      authenticated: false,
    })
    expect(looked).toEqual([['renewKeys', world.authority.did]])
  })

  it('is nothing when the key of another link is not listed', async () => {
    expect(await acceptPresentation(await withoutKeys(world.owner.did))).toMatchObject({
      refusal: { code: 'key_not_authorized', link: 1 },
    })
    expect(looked).toEqual([])
  })

  it('is nothing when the root is refused for anything else', async () => {
    expect(await acceptPresentation(resolving(world.authority.did, refuse('unsupported')))).toMatchObject({
      refusal: { code: 'unsupported', link: 0 },
    })
    expect(looked).toEqual([])
  })

  it('is nothing when the status that is held is too old: it is being looked for', async () => {
    world.now += 6 * MINUTE

    expect(await acceptPresentation(given)).toMatchObject({ refusal: { code: 'status_stale' } })
    expect(looked).toEqual([])
  })
})

describe('deciding once more', () => {
  it('accepts what is still good', async () => {
    expect(await acceptAgain(given, NOW + MINUTE)).toMatchObject({ verified: true })
  })

  it('refuses what is not signed by a key of its issuer any more, and says who was authenticated', async () => {
    expect(await acceptAgain(await withoutKeys(world.authority.did), NOW + MINUTE)).toMatchObject({
      refusal: { code: 'key_not_authorized', link: 0 },
      rule: 'signatures',
      authenticated: true,
    })
    expect(looked).toEqual([['renewKeys', world.authority.did]])
  })
})
