import { describe, expect, it } from 'vitest'
import type { StatusPurpose } from '../../src/model/status-list-entry.ts'
import { confirmList, keepKeys, type ListMemory, rememberList, viewOf } from '../../src/status/list-memory.ts'
import type { StatusList } from '../../src/status/open-status-list.ts'
import { bitsWith, NOW, openedList, R7, S7, unwrap } from './fixtures.ts'

const THEN = NOW - 60_000

/** A list, by default of the key that all fixtures sign with. */
async function listOf(
  purpose: StatusPurpose,
  validFrom: number,
  set: readonly number[],
  key?: string,
): Promise<StatusList> {
  const url = purpose === 'revocation' ? R7 : S7
  const list = await openedList({ url, purpose, validFrom, bits: bitsWith(...set) })
  return key === undefined ? list : { ...list, keyThumbprint: key }
}

/** What is remembered after these lists. */
function remembered(...lists: readonly StatusList[]): ListMemory {
  const [first, ...others] = lists
  if (first === undefined) throw new Error('there is no list')
  return others.reduce<ListMemory>(
    (memory, list) => unwrap(rememberList(memory, list).verdict),
    unwrap(rememberList(undefined, first).verdict),
  )
}

describe('what two keys of a status issuer say', () => {
  it.each([
    ['revocation', true],
    ['suspension', false],
  ] as const)('of a %s that only the older list has: in force %s', async (purpose, isInForce) => {
    const older = await listOf(purpose, THEN, [3])
    const newer = await listOf(purpose, THEN + 1, [4], 'another key')
    const view = viewOf(remembered(older, newer))

    expect(viewOf(remembered(older)).read(3)).toBe(true)
    expect(view.read(3)).toBe(isInForce)
    expect(view.read(4)).toBe(true)
    expect(view.version).toBe(THEN + 1)
  })

  it('is as new as the newest of them, whichever key came first', async () => {
    const first = await listOf('suspension', THEN, [3])
    const other = await listOf('suspension', THEN + 1, [4], 'another key')
    const again = await listOf('suspension', THEN + 2, [5])

    expect(viewOf(remembered(first, other)).version).toBe(THEN + 1)
    expect(viewOf(remembered(first, other, again)).version).toBe(THEN + 2)
    expect(viewOf(remembered(first, other, again)).read(5)).toBe(true)
  })

  it('ends, of one version, as the first of them said: another key does not prolong it', async () => {
    const first = await listOf('revocation', THEN, [3])
    const other = { ...first, keyThumbprint: 'another key', validUntil: first.validUntil + 1000 }

    expect(viewOf(remembered(first, other)).validUntil).toBe(first.validUntil)
    expect(viewOf(remembered(other)).validUntil).toBe(first.validUntil + 1000)
  })
})

describe('a list that is held already', () => {
  it('is what it was, and a missing revocation raises no second alarm', async () => {
    const memory = remembered(await listOf('revocation', THEN, [3, 4]))
    const cleared = await listOf('revocation', THEN + 1, [4])
    const once = rememberList(memory, cleared)
    const again = rememberList(unwrap(once.verdict), { ...cleared, validUntil: cleared.validUntil + 1000 })

    expect(once.alarm?.kind).toBe('revocation_cleared')
    expect(again.alarm).toBeUndefined()
    expect(viewOf(unwrap(again.verdict)).validUntil).toBe(cleared.validUntil)
  })
})

describe('to when a list is known to be current', () => {
  it('is the newest head that commits to its bits, and never goes back', async () => {
    const list = await listOf('revocation', THEN, [3])
    const memory = confirmList(remembered(list), list.bitsDigest, THEN + 500)

    expect(viewOf(remembered(list)).asOf).toBe(THEN)
    expect(viewOf(memory).asOf).toBe(THEN + 500)
    expect(viewOf(confirmList(memory, list.bitsDigest, THEN + 400)).asOf).toBe(THEN + 500)
    expect(viewOf(confirmList(memory, 'other bits', THEN + 900)).asOf).toBe(THEN + 500)
  })

  it('is not said of what another key signed before', async () => {
    const older = await listOf('revocation', THEN, [3])
    const newer = await listOf('revocation', THEN + 1, [3, 4], 'another key')
    const memory = confirmList(remembered(older, newer), newer.bitsDigest, THEN + 500)
    const left = keepKeys(memory, new Set([older.keyThumbprint]))

    expect(viewOf(memory).asOf).toBe(THEN + 500)
    expect(left && viewOf(left).asOf).toBe(THEN)
  })

  it('stays when the same bits are published anew, and begins anew with others', async () => {
    const list = await listOf('revocation', THEN, [3])
    const memory = confirmList(remembered(list), list.bitsDigest, THEN + 500)
    const asOfAfter = async (set: readonly number[]) =>
      viewOf(unwrap(rememberList(memory, await listOf('revocation', THEN + 100, set)).verdict)).asOf

    expect(await asOfAfter([3])).toBe(THEN + 500)
    expect(await asOfAfter([3, 4])).toBe(THEN + 100)
  })
})
