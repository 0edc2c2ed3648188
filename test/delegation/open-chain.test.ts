import { beforeAll, describe, expect, it } from 'vitest'
import { openChain } from '../../src/delegation/open-chain.ts'
import { openLink, type SignatureMemo } from '../../src/delegation/open-link.ts'
import { createDidResolver, type DidResolver } from '../../src/did/resolve-did.ts'
import type { ParsedChain } from '../../src/model/chain.ts'
import { accept, refuse } from '../../src/refusal.ts'
import { acceptedValue } from '../helpers/signers.ts'
import { joinLinks, makePerson, World } from '../helpers/world.ts'

const keys = createDidResolver()
/** Answers as a resolver that has to ask somebody. */
const waiting: DidResolver = { resolve: async (did) => keys.resolve(did) }

let world: World
let chain: ParsedChain
let forged: ParsedChain

beforeAll(async () => {
  world = await World.create()
  const [root, agent, derived] = await world.subAgentChain()
  chain = await joinLinks(root, agent, derived)
  forged = await joinLinks(root, await world.spliced(agent), derived)
})

describe('opening a chain', () => {
  it('answers without a promise where keys resolve and verify synchronously', () => {
    expect(openChain(chain, { resolver: keys })).toEqual({ verified: true, value: chain })
  })

  it('answers the same when a resolver has to be waited for', async () => {
    expect(await openChain(chain, { resolver: waiting })).toEqual({ verified: true, value: chain })
  })

  it.each([
    ['at once', keys],
    ['after waiting', waiting],
  ])('refuses a signature that does not verify, with its link, %s', async (_, resolver) => {
    expect(await openChain(forged, { resolver })).toEqual(refuse('signature_invalid', { link: 1 }))
  })

  it('asks for no key below a link that is refused at once', async () => {
    const asked: string[] = []
    const resolver: DidResolver = {
      resolve: (did) => {
        asked.push(did)
        return keys.resolve(did)
      },
    }
    await openChain(forged, { resolver })
    expect(asked).toEqual([world.authority.did, world.owner.did])

    await openChain(chain, { resolver })
    expect(asked.slice(2)).toEqual([world.authority.did, world.owner.did, world.agent.did])
  })

  it('refuses an issuer whose keys cannot be found', async () => {
    const lost: DidResolver = { resolve: () => refuse('did_unresolvable', { dimension: 'did' }) }

    expect(await openChain(chain, { resolver: lost })).toEqual(
      refuse('did_unresolvable', { dimension: 'did', link: 0 }),
    )
  })

  it('refuses a key that the document does not list for assertions [DR-09]', async () => {
    const document = acceptedValue(await keys.resolve(world.authority.did))
    const narrowed: DidResolver = {
      resolve: () => ({ verified: true, value: { ...document, assertionMethod: [] } }),
    }

    expect(await openChain(chain, { resolver: narrowed })).toMatchObject({
      refusal: { code: 'key_not_authorized', link: 0, dimension: 'assertionMethod' },
    })
  })
})

describe('the memo', () => {
  function memo(thumbprints: readonly string[] = []): SignatureMemo & { remembered: string[] } {
    const remembered: string[] = []
    return {
      remembered,
      isVerified: (_, thumbprint) => thumbprints.includes(thumbprint),
      remember: (_, thumbprint) => remembered.push(thumbprint),
    }
  }

  it('is told of each signature that verified, and of none that did not', async () => {
    const [good, bad] = [memo(), memo()]
    await openChain(chain, { resolver: keys, memo: good })
    await openChain(forged, { resolver: keys, memo: bad })

    expect(good.remembered).toHaveLength(3)
    expect(bad.remembered).toHaveLength(1)
  })

  it('waits for signatures that are under way together, and takes the first refusal from the root', async () => {
    const started: string[] = []
    const slow: DidResolver = {
      resolve: async (did) => {
        started.push(did)
        await new Promise((resolve) => setTimeout(resolve, did === world.authority.did ? 20 : 1))
        return did === world.agent.did ? refuse('did_unresolvable') : keys.resolve(did)
      },
    }
    const [good, bad] = [memo(), memo()]
    const opening = openChain(forged, { resolver: slow, memo: bad })

    expect(started).toHaveLength(3)
    expect(await opening).toMatchObject({ refusal: { code: 'signature_invalid', link: 1 } })
    expect(bad.remembered).toHaveLength(1)
    expect(await openChain(chain, { resolver: slow, memo: good })).toMatchObject({
      refusal: { code: 'did_unresolvable', link: 2 },
    })
    expect(good.remembered).toHaveLength(2)
  })

  it('is told of no link below one that is refused, whoever answers first', async () => {
    const stranger = memo()
    const [root, ...rest] = chain
    const [own] = root.signatures
    const unsigned: typeof root = { ...root, signatures: [{ ...own, signature: new Uint8Array(64) }] }

    expect(await openChain([unsigned, ...rest], { resolver: waiting, memo: stranger })).toMatchObject({
      refusal: { code: 'signature_invalid', link: 0 },
    })
    expect(stranger.remembered).toEqual([])
  })

  it('is not told again of what it remembers', async () => {
    const [root, agent, derived] = chain.map(({ credential }) => credential.issuer)
    const thumbprintOf = async (did = '') =>
      acceptedValue(await keys.resolve(did)).verificationMethods[0]?.thumbprint ?? ''
    const known = memo([await thumbprintOf(agent)])
    await openChain(chain, { resolver: keys, memo: known })

    expect(known.remembered).toEqual([await thumbprintOf(root), await thumbprintOf(derived)])
  })

  it('spares a signature only under the key that it was verified with', async () => {
    const method = acceptedValue(await keys.resolve(world.owner.did)).verificationMethods[0]
    const stranger = acceptedValue(await keys.resolve((await makePerson()).did)).verificationMethods[0]
    const known = memo([method?.thumbprint ?? ''])
    const unknown = memo([stranger?.thumbprint ?? ''])

    expect(await openChain(forged, { resolver: keys, memo: known })).toMatchObject({ verified: true })
    expect(await openChain(forged, { resolver: keys, memo: unknown })).toMatchObject({ verified: false })
  })

  it('is not for a link that its issuer has signed with two keys: both are checked each time', async () => {
    const [root] = chain
    const [own] = root.signatures
    const [key] = acceptedValue(await keys.resolve(world.authority.did)).verificationMethods
    const known = memo([key?.thumbprint ?? ''])
    const twice: typeof root = { ...root, signatures: [own, own] }
    const spoiled: typeof root = {
      ...root,
      signatures: [own, { ...own, signature: new Uint8Array(64) }],
    }

    expect(await openLink(root, { resolver: keys })).toEqual(accept(key?.thumbprint))
    expect(await openLink(twice, { resolver: keys })).toEqual(accept(undefined))
    expect(await openLink(spoiled, { resolver: keys, memo: known })).toEqual(refuse('signature_invalid'))
  })
})
