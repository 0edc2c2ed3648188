import { createBits, readBit } from '../status/bitstring.ts'
import {
  changesSliceOf,
  encodeChanges,
  type ListChange,
  MAX_CHANGES_CHARS,
  mergeChanges,
  parseChanges,
} from '../status/changes.ts'
import type { StatusList } from '../status/open-status-list.ts'
import type { BuiltList } from './build-list.ts'
import type { PublishedChanges } from './published-status.ts'

/** More entries of one list than these are cheaper to fetch with the list. */
const MAX_LIST_CHANGES = 4096

/** What changed within a slice so far. */
export interface HeldChanges extends PublishedChanges {
  /** `undefined`: more than readers read; what is published of the slice is empty, and sends them to the lists. */
  readonly changes: readonly ListChange[] | undefined
}

/**
 * What is known of the slice of now, with what a publication adds to it. In a list that was not published before nothing was set.
 *
 * @param held As of the publication before. @param previous The lists as they were published before, by URL.
 */
export function addChanges(
  held: HeldChanges | undefined,
  built: readonly BuiltList[],
  previous: ReadonlyMap<string, StatusList>,
  now: number,
): HeldChanges {
  const slice = changesSliceOf(now)
  if (held?.slice === slice && held.changes === undefined) return held
  const earlier = held?.slice === slice ? (held.changes ?? []) : []
  const added: ListChange[] = []
  for (const { opened, published } of built) {
    const before = previous.get(opened.url)?.bits ?? createBits()
    const changed = changedIndexes(before, opened.bits)
    if (changed === undefined) return tooMuch(slice)
    added.push(changeOf(changed, opened, published.list))
  }
  const changes = mergeChanges(earlier, added)
  const body = encodeChanges(slice, changes)
  return body.length > MAX_CHANGES_CHARS ? tooMuch(slice) : { slice, changes, body }
}

function tooMuch(slice: number): HeldChanges {
  return { slice, changes: undefined, body: '' }
}

function changeOf(changed: readonly number[], list: StatusList, pair: number): ListChange {
  const { purpose, version, bits } = list
  const set = changed.filter((index) => readBit(bits, index))
  const clear = changed.filter((index) => !readBit(bits, index))
  return { purpose, pair, version, set, clear }
}

/** @returns `undefined` when they alone are more than readers read: a cascade changes a list as a whole, and has to be quick. */
function changedIndexes(before: Uint8Array, after: Uint8Array): readonly number[] | undefined {
  const changed: number[] = []
  for (let byte = 0; byte < after.length; byte++) {
    const difference = (before[byte] ?? 0) ^ (after[byte] ?? 0)
    for (let bit = 0; difference !== 0 && bit < 8; bit++)
      if ((difference & (0x80 >> bit)) !== 0) changed.push(byte * 8 + bit)
    if (changed.length > MAX_LIST_CHANGES) return undefined
  }
  return changed
}

/** What is remembered of a slice that was published, by this process or an earlier one. */
export function heldChanges({ slice, body }: PublishedChanges): HeldChanges {
  const changes = parseChanges(body, slice)
  return { slice, body, changes: changes.verified ? changes.value : undefined }
}
