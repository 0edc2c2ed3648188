import { decodeBase64url, encodeBase64url } from '../core/base64url.ts'
import { STATUS_PURPOSES, type StatusPurpose } from '../model/status-list-entry.ts'
import { accept, type Verdict } from '../refusal.ts'
import { statusInvalid } from './status-invalid.ts'
import { readVarints, VarintWriter } from './varints.ts'

/** How long one slice of changes is, in milliseconds: slices are numbered since 1970. */
export const CHANGES_SLICE_MS = 60_000

/** Slices that are served. Who has not looked for longer takes the lists, of which few can have stayed. */
export const CHANGES_KEPT_SLICES = 10

/** Longest slice that is read, in characters. Whoever signs more changes than that within a minute leaves the slice out. */
export const MAX_CHANGES_CHARS: number = 64 * 1024

/** First byte: how the rest is to be read. */
const FORMAT = 1

/** What became of one list within a slice. Absolute: it holds for readers of any state within the slice. */
export interface ListChange {
  readonly purpose: StatusPurpose
  /** Number of the pair that the list belongs to. */
  readonly pair: number
  /** Version that the list has afterwards, in milliseconds since 1970: signed within the slice. */
  readonly version: number
  /** Entries that are set afterwards, ascending. */
  readonly set: readonly number[]
  /** Entries that are not set afterwards, ascending. Always empty for revocation, which nothing lifts. */
  readonly clear: readonly number[]
}

/** Number of the slice that a head or a list of this time belongs to. @param ms Milliseconds since 1970. */
export function changesSliceOf(ms: number): number {
  return Math.floor(ms / CHANGES_SLICE_MS)
}

/**
 * Joins what happened first with what happened then. Of an entry that both name, the later state counts.
 *
 * @returns Sorted by pair, revocation before suspension, as {@link encodeChanges} wants it.
 */
export function mergeChanges(
  first: readonly ListChange[],
  then: readonly ListChange[],
): readonly ListChange[] {
  const merged = new Map(first.map((change) => [keyOf(change), change]))
  for (const change of then) {
    const before = merged.get(keyOf(change))
    merged.set(keyOf(change), before === undefined ? change : mergeChange(before, change))
  }
  return [...merged].sort(([a], [b]) => a - b).map(([, change]) => change)
}

function mergeChange(before: ListChange, after: ListChange): ListChange {
  return {
    ...after,
    set: union(without(before.set, after.clear), after.set),
    clear: union(without(before.clear, after.set), after.clear),
  }
}

/**
 * Writes a slice: base64url (docs/spec/05-status.md "Changes").
 *
 * @param changes Sorted as by {@link mergeChanges}; every version lies within the slice.
 */
export function encodeChanges(slice: number, changes: readonly ListChange[]): string {
  const out = new VarintWriter(FORMAT)
  let last = -1
  for (const change of changes) {
    out.write(keyOf(change) - last - 1)
    last = keyOf(change)
    out.write(change.version - slice * CHANGES_SLICE_MS)
    writeIndexes(out, change.set)
    if (change.purpose === 'suspension') writeIndexes(out, change.clear)
  }
  return encodeBase64url(out.bytes())
}

function writeIndexes(out: VarintWriter, ascending: readonly number[]): void {
  out.write(ascending.length)
  let last = -1
  for (const index of ascending) {
    out.write(index - last - 1)
    last = index
  }
}

/**
 * Reads a slice strictly. Shows nothing about who wrote it: what it yields counts only when a signed head commits to it.
 *
 * @returns `status_invalid` for anything that {@link encodeChanges} does not write.
 */
export function parseChanges(text: string, slice: number): Verdict<readonly ListChange[]> {
  const body = text.length <= MAX_CHANGES_CHARS ? decodeBase64url(text) : undefined
  const numbers = body?.[0] === FORMAT ? readVarints(body, 1) : undefined
  const changes = numbers && readChanges(numbers, slice)
  return changes === undefined ? statusInvalid('changes') : accept(changes)
}

function readChanges(numbers: readonly number[], slice: number): readonly ListChange[] | undefined {
  const changes: ListChange[] = []
  const from = new Numbers(numbers)
  for (let key = -1; !from.isAtEnd; ) {
    key += 1 + from.next()
    const purpose = STATUS_PURPOSES[key % 2] as StatusPurpose
    const offset = from.next()
    const set = from.indexes()
    const clear = purpose === 'suspension' ? from.indexes() : []
    if (from.isBroken || !(offset < CHANGES_SLICE_MS) || overlap(set, clear)) return undefined
    changes.push({
      purpose,
      pair: Math.floor(key / 2),
      version: slice * CHANGES_SLICE_MS + offset,
      set,
      clear,
    })
  }
  return changes
}

/** Reads one number after the other; what is missing reads as NaN and leaves it broken. */
class Numbers {
  readonly #numbers: readonly number[]
  #at = 0
  isBroken = false

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#numbers.length
  }

  next(): number {
    const number = this.#numbers[this.#at++]
    if (number === undefined) this.isBroken = true
    return number ?? Number.NaN
  }

  indexes(): readonly number[] {
    const count = this.next()
    const indexes: number[] = []
    for (let last = -1; indexes.length < count && !this.isBroken; indexes.push(last)) last += 1 + this.next()
    return indexes
  }
}

/** Revocation of pair 0, suspension of pair 0, revocation of pair 1 … */
function keyOf({ pair, purpose }: ListChange): number {
  return pair * 2 + STATUS_PURPOSES.indexOf(purpose)
}

function without(from: readonly number[], taken: readonly number[]): readonly number[] {
  if (taken.length === 0) return from
  const gone = new Set(taken)
  return from.filter((index) => !gone.has(index))
}

function union(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a
  return [...new Set([...a, ...b])].sort((one, other) => one - other)
}

function overlap(a: readonly number[], b: readonly number[]): boolean {
  return a.length + b.length !== new Set([...a, ...b]).size
}
