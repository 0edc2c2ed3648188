import { expect, it } from 'vitest'
import type { ChainStore, KeptChain } from '../../src/verifier/ports.ts'

export const A = 'did:key:zAuthorityA'
export const B = 'did:key:zAuthorityB'

const MINUTE = 60_000

/** By an agent that presents in person, if nothing else is said. */
export function keptChain({ presenter = 'did:key:zAgent', ...changes }: Partial<KeptChain> = {}): KeptChain {
  const texts = ['x'.repeat(100)]
  return { texts, authority: A, presenter, agent: presenter, expiresAt: 1e15, ...changes }
}

/** Makes an empty store for the authorities {@link A} and {@link B}, by a clock. */
export type OpenChainStore = (now: () => number) => ChainStore | Promise<ChainStore>

/**
 * What every store of chains that we make does.
 *
 * @param open With room for so many of {@link largeChain} of one authority.
 */
export function keepsChains(open: OpenChainStore, room: number): void {
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => `:${i}:`)
  const keptOf = async (store: ChainStore, digests: readonly string[]) => {
    const found = await Promise.all(digests.map((digest) => store.get(digest)))
    return digests.filter((_, i) => found[i] !== undefined)
  }

  it('gives back what was put into it, and nothing else', async () => {
    const store = await open(() => 0)
    const texts = ['a', '{"b":"\\u0063€"}']

    expect(await store.put(':a:', keptChain({ texts }))).toBe(true)
    expect(await store.get(':a:')).toEqual(texts)
    expect(await store.get(':b:')).toBeUndefined()
  })

  it('forgets a chain when it ends', async () => {
    let now = 999
    const store = await open(() => now)
    await store.put(':a:', keptChain({ expiresAt: 1000 }))

    expect(await store.get(':a:')).toBeDefined()
    now = 1000
    expect(await store.get(':a:')).toBeUndefined()
    now = 999
    expect(await store.get(':a:')).toBeUndefined()
  })

  it('lets the chain that was used longest ago make room', async () => {
    let now = 0
    const store = await open(() => now)
    const digests = numbered(room)
    for (const digest of digests) {
      now += MINUTE
      await store.put(digest, largeChain({ presenter: digest }))
    }
    expect(await keptOf(store, digests)).toEqual(digests)
    now += MINUTE
    await store.get(':0:')
    now += MINUTE
    for (const digest of digests.slice(2)) await store.get(digest)
    await store.put(':new:', largeChain({ presenter: ':new:' }))

    expect(await keptOf(store, [...digests, ':new:'])).toEqual([':0:', ...digests.slice(2), ':new:'])
  })

  it('does not let the agents of one authority crowd out those of another', async () => {
    let now = 0
    const store = await open(() => now++)
    await store.put(':b:', largeChain({ authority: B }))
    const digests = numbered(3 * room)
    for (const digest of digests) await store.put(digest, largeChain({ presenter: digest }))

    expect(await keptOf(store, [':b:'])).toEqual([':b:'])
    expect((await keptOf(store, digests)).length).toBeLessThanOrEqual(room)
    expect(await keptOf(store, digests.slice(-1))).toEqual(digests.slice(-1))
  })

  it('keeps four chains for one presenter, the newest', async () => {
    const store = await open(() => 0)
    const digests = numbered(6)
    await store.put(':other:', keptChain({ presenter: 'did:key:zOther' }))
    for (const digest of digests) await store.put(digest, keptChain())

    expect(await keptOf(store, [':other:', ...digests])).toEqual([':other:', ':2:', ':3:', ':4:', ':5:'])
  })

  it('keeps 32 chains for one agent and all that it made, the newest', async () => {
    const store = await open(() => 0)
    const digests = numbered(40)
    await store.put(':other:', keptChain({ presenter: 'did:key:zOther' }))
    for (const digest of digests)
      await store.put(digest, keptChain({ presenter: digest, agent: 'did:key:zAgent' }))

    expect(await keptOf(store, [':other:', ...digests])).toEqual([':other:', ...digests.slice(8)])
  })

  it('does not count a chain twice that is sent again', async () => {
    const store = await open(() => 0)
    await store.put(':a:', keptChain())
    for (let i = 0; i < 10; i++) await store.put(':b:', keptChain())

    expect(await keptOf(store, [':a:', ':b:'])).toEqual([':a:', ':b:'])
  })

  it('does not keep what is larger than a share', async () => {
    const store = await open(() => 0)
    const [text = ''] = largeChain().texts
    await store.put(':kept:', keptChain({ presenter: 'did:key:zOther' }))

    expect(await store.put(':a:', keptChain({ texts: Array(room + 1).fill(text) }))).toBe(false)
    expect(await keptOf(store, [':kept:', ':a:'])).toEqual([':kept:'])
  })
}

/** Of 30 KiB. */
function largeChain(changes: Partial<KeptChain> = {}): KeptChain {
  return keptChain({ texts: ['x'.repeat(30 * 1024)], ...changes })
}
