import { readBit } from '../status/bitstring.ts'
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

/** What changed within a slice so far. */
export interface HeldChanges {
  readonly slice: number
  /** `undefined`: more than readers read; what is published of the slice is empty, and sends them to the lists. */
  readonly changes: readonly ListChange[] | undefined
}

/**
 * What is known of the slice of now, with what a publication adds to it. A list that was not published before is left to
 * those who read whole lists.
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
  const before = held?.slice === slice ? (held.changes ?? []) : []
  const added = built.flatMap(({ opened, published }) => {
    const last = previous.get(opened.url)
    return last === undefined ? [] : [changeOf(last.bits, opened, published.list)]
  })
  return { slice, changes: mergeChanges(before, added) }
}

function changeOf(before: Uint8Array, { purpose, version, bits }: StatusList, pair: number): ListChange {
  const changed = changedIndexes(before, bits)
  const set = changed.filter((index) => readBit(bits, index))
  const clear = changed.filter((index) => !readBit(bits, index))
  return { purpose, pair, version, set, clear }
}

function changedIndexes(before: Uint8Array, after: Uint8Array): readonly number[] {
  const changed: number[] = []
  for (let byte = 0; byte < after.length; byte++) {
    const difference = (before[byte] ?? 0) ^ (after[byte] ?? 0)
    for (let bit = 0; difference !== 0 && bit < 8; bit++)
      if ((difference & (0x80 >> bit)) !== 0) changed.push(byte * 8 + bit)
  }
  return changed
}

/** As it is served. */
export function publishedChanges({ slice, changes }: HeldChanges): PublishedChanges {
  const body = changes === undefined ? '' : encodeChanges(slice, changes)
  return { slice, body: body.length <= MAX_CHANGES_CHARS ? body : '' }
}

/** What is remembered of a slice that was published, by this process or an earlier one. */
export function heldChanges({ slice, body }: PublishedChanges): HeldChanges {
  const changes = parseChanges(body, slice)
  return { slice, changes: changes.verified ? changes.value : undefined }
}
