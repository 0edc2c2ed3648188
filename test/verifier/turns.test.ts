import { expect, it } from 'vitest'
import { Turns } from '../../src/verifier/turns.ts'

/** Turns of work that ends when it is told to; what happened, in order. */
function makeTurns() {
  const log: string[] = []
  const ends = new Map<string, () => void>()
  const turns = new Turns<string>(async (work) => `done ${await work()}`)
  const work = (name: string) => async (): Promise<string> => {
    log.push(`begin ${name}`)
    await new Promise<void>((resolve) => ends.set(name, resolve))
    log.push(`end ${name}`)
    return name
  }
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.()
    await new Promise(setImmediate)
  }
  return { turns, log, work, end }
}

it('shares work of its kind that is under way, and begins anew after it', async () => {
  const { turns, log, work, end } = makeTurns()
  const [one, other] = [turns.share(work('a')), turns.share(work('b'))]
  expect(turns.isBusy).toBe(true)
  await end('a')

  expect(await Promise.all([one, other])).toEqual(['done a', 'done a'])
  expect(turns.isBusy).toBe(false)
  void turns.share(work('c'))
  expect(log).toEqual(['begin a', 'end a', 'begin c'])
})

it('shares no work that has a turn of its own, but waits for it', async () => {
  const { turns, log, work, end } = makeTurns()
  void turns.next(work('a'))
  const [one, other] = [turns.share(work('b')), turns.share(work('c'))]
  await end('a')
  await end('b')

  expect(await Promise.all([one, other])).toEqual(['done b', 'done b'])
  expect(log).toEqual(['begin a', 'end a', 'begin b', 'end b'])
})

it('gives each its turn, at once where nothing is under way', async () => {
  const { turns, log, work, end } = makeTurns()
  void turns.next(work('a'))
  expect(log).toEqual(['begin a'])
  void turns.next(work('b'))
  void turns.next(work('c'))
  await end('a')
  expect(log).toEqual(['begin a', 'end a', 'begin b'])
  await end('b')

  expect(log).toEqual(['begin a', 'end a', 'begin b', 'end b', 'begin c'])
})
