import { describe, expect, it, vi } from 'vitest'
import { ProcuraError } from '../../src/errors.ts'
import { ChainKeeper, type ChainSource, REFRESH_PAUSE_MS } from '../../src/holder/chain-keeper.ts'
import { leaseJson } from '../helpers/credentials.ts'
import { DAY, didOf, fakeClock, HOUR, held, helperSigner, issueChain, NOW } from './fixtures.ts'

const first = await held(await issueChain())
const second = await held(await issueChain({ issuedAt: NOW + 12 * HOUR }))
const HALF_LIFE = NOW + DAY / 2

function keeperWith(source: ChainSource, facts: { readonly renews?: boolean } = {}) {
  const { clock, set } = fakeClock()
  const onRefreshFailed = vi.fn()
  const keeper = new ChainKeeper({ held: first, clock, source, onRefreshFailed, ...facts })
  return { keeper, set, onRefreshFailed }
}

const down = async () => {
  throw new ProcuraError('ERR_PROCURA_ISSUER_UNREACHABLE', 'down')
}

describe('ChainKeeper.usable', () => {
  it('asks nobody before half the life of the chain is over', async () => {
    const source = vi.fn(async () => second.tokens)
    const { keeper, set } = keeperWith(source)
    set(HALF_LIFE - 1)

    expect(await keeper.usable()).toBe(first)
    expect(source).not.toHaveBeenCalled()
  })

  it('renews at half life without making the caller wait', async () => {
    const { keeper, set } = keeperWith(async () => second.tokens)
    set(HALF_LIFE)

    expect(await keeper.usable()).toBe(first)
    await vi.waitFor(() => expect(keeper.held.tokens).toEqual(second.tokens))
  })

  it('renews once for all callers', async () => {
    const source = vi.fn(async () => second.tokens)
    const { keeper, set } = keeperWith(source)
    set(HALF_LIFE)

    await Promise.all([keeper.usable(), keeper.usable(), keeper.usable(), keeper.refresh()])

    expect(source).toHaveBeenCalledTimes(1)
  })

  it('keeps working with the old chain while the issuer is down', async () => {
    const { keeper, set, onRefreshFailed } = keeperWith(down)
    set(NOW + DAY - 1)

    expect(await keeper.usable()).toBe(first)
    await vi.waitFor(() =>
      expect(onRefreshFailed).toHaveBeenCalledWith(
        expect.objectContaining({ code: 'ERR_PROCURA_ISSUER_UNREACHABLE' }),
      ),
    )
  })

  it('pauses between attempts', async () => {
    const source = vi.fn(down)
    const { keeper, set } = keeperWith(source)
    set(HALF_LIFE)
    await keeper.usable()
    await vi.waitFor(async () => {
      await keeper.usable()
    })
    set(HALF_LIFE + REFRESH_PAUSE_MS - 1)
    await keeper.usable()

    expect(source).toHaveBeenCalledTimes(1)

    set(HALF_LIFE + REFRESH_PAUSE_MS)
    await keeper.usable()
    expect(source).toHaveBeenCalledTimes(2)
  })

  it('waits for the renewal of a chain that has ended', async () => {
    const { keeper, set } = keeperWith(async () => second.tokens)
    set(NOW + DAY)

    expect((await keeper.usable()).tokens).toEqual(second.tokens)
  })

  it('waits for a renewal that is due when the chain would end too soon for the caller', async () => {
    const { keeper, set } = keeperWith(async () => second.tokens)
    set(NOW + DAY - 60_000)

    expect((await keeper.usable(NOW + DAY + 60_000)).tokens).toEqual(second.tokens)
  })

  it.each([
    ['the renewal is not due', HALF_LIFE - 1, async () => second.tokens],
    ['the issuer is down', HALF_LIFE, down],
  ])('answers with a chain that ends too soon for the caller when %s', async (_, now, source) => {
    const { keeper, set } = keeperWith(source)
    set(now)

    expect(await keeper.usable(NOW + DAY)).toBe(first)
  })

  it('refuses a chain that has ended and could not be renewed, and says why', async () => {
    const { keeper, set } = keeperWith(down)
    set(NOW + DAY)

    await expect(keeper.usable()).rejects.toMatchObject({
      code: 'ERR_PROCURA_DELEGATION_ENDED',
      message: expect.stringContaining('2026-11-23T09:00:00.000Z'),
      cause: { code: 'ERR_PROCURA_ISSUER_UNREACHABLE' },
    })
  })

  it('refuses a chain that has ended and has no source', async () => {
    const { clock, set } = fakeClock()
    const keeper = new ChainKeeper({ held: first, clock })
    set(NOW + DAY)

    await expect(keeper.usable()).rejects.toMatchObject({ code: 'ERR_PROCURA_DELEGATION_ENDED' })
  })

  it('does not renew at half life where it is told not to', async () => {
    const source = vi.fn(async () => second.tokens)
    const { keeper, set } = keeperWith(source, { renews: false })
    set(NOW + DAY - 1)
    await keeper.usable()

    expect(source).not.toHaveBeenCalled()
  })

  it('refuses all use once closed', async () => {
    const { keeper } = keeperWith(async () => second.tokens)
    keeper.close()

    await expect(keeper.usable()).rejects.toMatchObject({ code: 'ERR_PROCURA_DELEGATION_ENDED' })
    await expect(keeper.refresh()).rejects.toMatchObject({ code: 'ERR_PROCURA_DELEGATION_ENDED' })
    expect(await keeper.replaceRefused(first)).toBe(false)
  })
})

describe('ChainKeeper.refresh', () => {
  it.each([
    ['a chain for another key', () => issueChain({ to: didOf(helperSigner) })],
    ['what is no chain', async () => ['a.b.c']],
  ])('keeps the old chain when the issuer answers with %s', async (_, answer) => {
    const { keeper } = keeperWith(answer)

    await expect(keeper.refresh()).rejects.toMatchObject({ code: 'ERR_PROCURA_ISSUER_UNREACHABLE' })
    expect(keeper.held).toBe(first)
  })

  it('tells of a new chain, once, and not of the same one', async () => {
    const { clock } = fakeClock()
    const onReplaced = vi.fn(async () => {})
    const keeper = new ChainKeeper({ held: first, clock, source: async () => second.tokens, onReplaced })
    await keeper.refresh()
    await keeper.refresh()

    expect(onReplaced).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ tokens: second.tokens }))
  })

  it('uses a new chain that could not be saved, and says so', async () => {
    const { clock } = fakeClock()
    const onReplaced = async () => {
      throw new ProcuraError('ERR_PROCURA_STORAGE', 'full')
    }
    const keeper = new ChainKeeper({ held: first, clock, source: async () => second.tokens, onReplaced })

    await expect(keeper.refresh()).rejects.toMatchObject({ code: 'ERR_PROCURA_STORAGE' })
    expect(keeper.held.tokens).toEqual(second.tokens)
  })

  it('asks for a larger lease after what is under way, unless that brought it', async () => {
    const larger = await held(await issueChain({ subject: { statusLease: [leaseJson(1, 2, 3, 4, 5, 6)] } }))
    const sizes: (number | undefined)[] = []
    const { keeper } = keeperWith(async (_, { leaseSize }) => {
      sizes.push(leaseSize)
      return leaseSize === undefined ? second.tokens : larger.tokens
    })

    await Promise.all([keeper.refresh(), keeper.refresh({ leaseSize: 6 }), keeper.refresh({ leaseSize: 5 })])
    await keeper.refresh({ leaseSize: 6 })

    expect(sizes).toEqual([undefined, 6])
    expect(keeper.held.tokens).toEqual(larger.tokens)
  })

  it('is refused where there is no source', async () => {
    const keeper = new ChainKeeper({ held: first, clock: fakeClock().clock })

    expect(keeper.isRenewable).toBe(false)
    await expect(keeper.refresh()).rejects.toMatchObject({ code: 'ERR_PROCURA_DELEGATION_ENDED' })
  })
})

describe('ChainKeeper.replaceRefused', () => {
  it('answers whether there is another chain now', async () => {
    const { keeper } = keeperWith(async () => second.tokens)

    expect(await keeper.replaceRefused(first)).toBe(true)
  })

  it('does not fetch again a chain that was replaced meanwhile', async () => {
    const source = vi.fn(async () => second.tokens)
    const { keeper } = keeperWith(source)
    await keeper.refresh()

    expect(await keeper.replaceRefused(first)).toBe(true)
    expect(source).toHaveBeenCalledTimes(1)
  })

  it('is not made to hammer the issuer by a service provider that always refuses', async () => {
    const source = vi.fn(async () => first.tokens)
    const { keeper, set } = keeperWith(source)
    await keeper.replaceRefused(first)

    expect(await keeper.replaceRefused(first)).toBe(false)
    expect(source).toHaveBeenCalledTimes(1)

    set(NOW + REFRESH_PAUSE_MS)
    await keeper.replaceRefused(first)
    expect(source).toHaveBeenCalledTimes(2)
  })

  it('fetches at once again after a chain that did change', async () => {
    const third = await held(await issueChain({ issuedAt: NOW + 1000 }))
    const answers = [second.tokens, third.tokens]
    const { keeper } = keeperWith(async () => answers.shift() ?? [])
    await keeper.replaceRefused(first)

    expect(await keeper.replaceRefused(keeper.held)).toBe(true)
    expect(keeper.held.tokens).toEqual(third.tokens)
  })

  it('leaves the refusal standing when the issuer is down', async () => {
    const { keeper, onRefreshFailed } = keeperWith(down)

    expect(await keeper.replaceRefused(first)).toBe(false)
    expect(onRefreshFailed).toHaveBeenCalledTimes(1)
  })

  it('answers false where there is no source', async () => {
    const keeper = new ChainKeeper({ held: first, clock: fakeClock().clock })

    expect(await keeper.replaceRefused(first)).toBe(false)
  })
})
