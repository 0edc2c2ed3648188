import { beforeEach, describe, expect, it, vi } from 'vitest'
import { guardChainStore, guardReplayStore, guardUsageStore } from '../../src/verifier/guarded-stores.ts'
import type { ChainStore, KeptChain, ReplayStore, UsageStore } from '../../src/verifier/ports.ts'
import type { VerifierAlarm } from '../../src/verifier/verifier-alarm.ts'
import { ManualTimers, settled } from '../helpers/manual-timers.ts'

const CHARGES = [
  { key: 'x', amount: 1n, max: 2n, keepUntil: 9 },
  { key: 'y', amount: 1n, max: 2n, keepUntil: 9 },
]
const cause = new Error('down')
const nonsense = expect.objectContaining({ code: 'ERR_PROCURA_STORAGE' })

let timers: ManualTimers
const tell = vi.fn<(alarm: VerifierAlarm) => void>()

beforeEach(() => {
  timers = new ManualTimers({ now: 0 })
  tell.mockClear()
})

const replay = (use: () => unknown) =>
  guardReplayStore({ use } as ReplayStore, { setTimer: timers.set, tell })

const usage = (reserve: () => unknown, release: (...args: unknown[]) => unknown = () => undefined) =>
  guardUsageStore({ reserve, release } as UsageStore, { setTimer: timers.set, tell })

/** A promise that is settled from outside. */
function deferred() {
  let resolve: (answer: unknown) => void = () => undefined
  let reject: (cause: unknown) => void = () => undefined
  const promise = new Promise((...both) => {
    ;[resolve, reject] = both
  })
  return { promise, resolve, reject }
}

describe('a guarded replay store', () => {
  it('answers as the store does, at once where that does', async () => {
    expect(replay(() => 'fresh').use('key', 'nonce', 1)).toBe('fresh')
    expect(await replay(() => Promise.resolve('replayed')).use('key', 'nonce', 1)).toBe('replayed')
    expect(tell).not.toHaveBeenCalled()
  })

  it('gives the store what it is given', () => {
    const use = vi.fn()
    void replay(use).use('key', 'nonce', 1)

    expect(use).toHaveBeenCalledWith('key', 'nonce', 1)
  })

  it('waits for promises of another kind', async () => {
    const thenable = Object.fromEntries([['then', (resolve: (answer: string) => void) => resolve('fresh')]])

    expect(await replay(() => thenable).use('key', 'nonce', 1)).toBe('fresh')
  })

  it.each([
    [
      'throws',
      () => {
        throw cause
      },
    ],
    ['rejects', () => Promise.reject(cause)],
  ])('is unavailable when the store %s, and says why', async (_, use) => {
    expect(await replay(use).use('key', 'nonce', 1)).toBe('unavailable')
    expect(tell.mock.calls).toEqual([[{ kind: 'store_failed', store: 'replay', cause }]])
    expect(timers.waiting).toBe(0)
  })

  it.each([[undefined], [true], ['ok'], [null]])('takes %o for no answer, and says so', async (answer) => {
    expect(await replay(() => Promise.resolve(answer)).use('key', 'nonce', 1)).toBe('unavailable')
    expect(tell.mock.calls).toEqual([[{ kind: 'store_failed', store: 'replay', cause: nonsense }]])
  })

  it('is unavailable after two seconds, not before, and waits for nothing once it has an answer', async () => {
    const { promise, resolve } = deferred()
    const asked = replay(() => promise).use('key', 'nonce', 1) as Promise<unknown>
    const answers: unknown[] = []
    void asked.then((answer) => answers.push(answer))
    await timers.advance(1_999)
    expect(answers).toEqual([])
    await timers.advance(1)

    expect(answers).toEqual(['unavailable'])
    expect(tell.mock.calls).toEqual([[{ kind: 'store_failed', store: 'replay', cause: nonsense }]])
    const prompt = replay(() => Promise.resolve('fresh')).use('key', 'nonce', 2)
    expect(timers.waiting).toBe(1)
    await prompt
    await settled()
    expect(timers.waiting).toBe(0)
    resolve('fresh')
  })
})

describe('a guarded usage store', () => {
  it.each([
    ['reserved', 'reserved'],
    ['unavailable', 'unavailable'],
    [{ exhausted: [1] }, { exhausted: [1] }],
    [{ exhausted: [0, 1], further: true }, { exhausted: [0, 1] }],
  ])('answers %o as it is meant', async (answer, meant) => {
    expect(usage(() => answer).reserve('agent', CHARGES)).toEqual(meant)
    expect(await usage(() => Promise.resolve(answer)).reserve('agent', CHARGES)).toEqual(meant)
    expect(tell).not.toHaveBeenCalled()
  })

  it.each([
    [undefined],
    [null],
    [true],
    ['ok'],
    [{}],
    [{ exhausted: undefined }],
    [{ exhausted: '0' }],
    [{ exhausted: [] }],
    [{ exhausted: [0, 2] }],
    [{ exhausted: [0, '1'] }],
    [{ exhausted: ['length'] }],
  ])('takes %o for no answer, and says so', async (answer) => {
    expect(await usage(() => answer).reserve('agent', CHARGES)).toBe('unavailable')
    expect(tell.mock.calls).toEqual([[{ kind: 'store_failed', store: 'usage', cause: nonsense }]])
  })

  it.each([
    ['reserved', 1],
    ['unavailable', 0],
    [{ exhausted: [0] }, 0],
  ])('after an answer of %o that comes too late gives back %i times', async (answer, times) => {
    const release = vi.fn()
    const { promise, resolve } = deferred()
    const asked = usage(() => promise, release).reserve('agent', CHARGES)
    await timers.advance(2_000)
    expect(await asked).toBe('unavailable')
    resolve(answer)
    await settled()

    expect(release).toHaveBeenCalledTimes(times)
    if (times > 0) expect(release).toHaveBeenCalledWith('agent', CHARGES)
    expect(tell).toHaveBeenCalledOnce()
  })

  it('gives nothing back that was reserved in time, and leaves a late failure alone', async () => {
    const release = vi.fn()
    const { promise, reject } = deferred()
    expect(await usage(() => Promise.resolve('reserved'), release).reserve('agent', CHARGES)).toBe('reserved')
    const late = usage(() => promise, release).reserve('agent', CHARGES)
    await timers.advance(2_000)
    reject(cause)

    expect(await late).toBe('unavailable')
    await settled()
    expect(release).not.toHaveBeenCalled()
  })

  it('never throws for what cannot be given back, and says so', async () => {
    await usage(
      () => 'reserved',
      () => Promise.reject(cause),
    ).release('agent', CHARGES)
    const release = vi.fn()
    await usage(() => 'reserved', release).release('agent', CHARGES)

    expect(tell.mock.calls).toEqual([[{ kind: 'store_failed', store: 'usage', cause }]])
    expect(release).toHaveBeenCalledWith('agent', CHARGES)
  })
})

describe('a guarded chain store', () => {
  const guarded = (get: () => unknown, put: () => unknown = () => true) =>
    guardChainStore({ get, put } as ChainStore, { setTimer: timers.set, tell })

  it.each([[undefined], [['a', 'b']]])('answers %o as the store does', async (texts) => {
    expect(await guarded(() => texts).get('digest')).toEqual(texts)
    expect(tell).not.toHaveBeenCalled()
  })

  it.each([[null], ['texts'], [7], [['a', 7]], [[7]], [{ length: 1 }]])(
    'takes %o for no chain, and says so',
    async (texts) => {
      expect(await guarded(() => texts).get('digest')).toBeUndefined()
      expect(tell.mock.calls).toEqual([[{ kind: 'store_failed', store: 'chains', cause: nonsense }]])
    },
  )

  it('has nothing and takes nothing while it fails', async () => {
    const fails = guarded(
      () => Promise.reject(cause),
      () => Promise.reject(cause),
    )

    expect(await fails.get('digest')).toBeUndefined()
    expect(await fails.put('digest', {} as KeptChain)).toBe(false)
    expect(tell).toHaveBeenCalledTimes(2)
    expect(await guarded(() => undefined).put('digest', {} as KeptChain)).toBe(true)
  })
})
