import { describe, expect, it } from 'vitest'
import { ProcuraError } from '../../src/errors.ts'
import { mayPass } from '../../src/holder/issuer-problem.ts'
import { systemSleep, withRetries } from '../../src/holder/retry.ts'

function flaky(failures: number): { work: () => Promise<number>; tries: () => number } {
  let tries = 0
  const work = async () => {
    tries++
    if (tries <= failures) throw new Error(`try ${tries}`)
    return tries
  }
  return { work, tries: () => tries }
}

describe('withRetries', () => {
  it('tries three times, with a longer pause each time', async () => {
    const pauses: number[] = []

    const answer = await withRetries(
      flaky(2).work,
      () => true,
      async (ms) => {
        pauses.push(ms)
      },
    )

    expect(answer).toBe(3)
    expect(pauses).toEqual([200, 1000])
  })

  it('throws what the last try threw', async () => {
    const { work, tries } = flaky(9)

    await expect(
      withRetries(
        work,
        () => true,
        async () => {},
      ),
    ).rejects.toThrow('try 3')
    expect(tries()).toBe(3)
  })

  it('does not try again what will not pass', async () => {
    const { work, tries } = flaky(9)

    await expect(
      withRetries(
        work,
        () => false,
        async () => {},
      ),
    ).rejects.toThrow('try 1')
    expect(tries()).toBe(1)
  })

  it('really waits', async () => {
    const started = performance.now()
    await systemSleep(20)

    expect(performance.now() - started).toBeGreaterThan(15)
  })
})

describe('mayPass', () => {
  it.each([
    { name: 'no answer', error: new ProcuraError('ERR_PROCURA_ISSUER_UNREACHABLE', ''), passes: true },
    { name: '503', error: refused(503), passes: true },
    { name: '429', error: refused(429), passes: true },
    { name: '409', error: refused(409), passes: false },
    { name: 'a storage that fails', error: new ProcuraError('ERR_PROCURA_STORAGE', ''), passes: false },
    { name: 'any other error', error: new Error(''), passes: false },
  ])('answers $passes for $name', ({ error, passes }) => {
    expect(mayPass(error)).toBe(passes)
  })
})

function refused(status: number): ProcuraError {
  return new ProcuraError('ERR_PROCURA_ISSUER_REFUSED', '', { problem: { status, code: 'x' } })
}
