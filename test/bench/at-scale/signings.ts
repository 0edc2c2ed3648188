import { STATUS_PURPOSES } from '../../../src/model/status-list-entry.ts'
import { STATUS_LIST_ENTRIES } from '../../../src/status/bitstring.ts'
import { CHANGES_SLICE_MS, encodeChanges, type ListChange } from '../../../src/status/changes.ts'
import { DEFAULT_LIST_VALIDITY_MS } from '../../../src/status/status-list-credential.ts'
import type { Population } from './assumptions.ts'
import { seededNumbers } from './numbers.ts'

/** A list that did not change is signed anew after this time, in milliseconds. */
const SIGNED_ANEW_MS = DEFAULT_LIST_VALIDITY_MS / 2

const DAY_MS = 86_400_000

/** How long is looked at, in milliseconds; as long again before that, lists get different ages. */
export const STRETCH_MS: number = SIGNED_ANEW_MS

/** Number of the slice in which the stretch begins: any of our time. */
const FIRST_SLICE = 29_923_200

/** A list was signed, because an entry was set in it, or because its time had come. */
export interface Signing {
  /** Milliseconds since the stretch began. */
  readonly at: number
  /** 2 · pair, and 1 more for suspension. */
  readonly key: number
  readonly index?: number
}

/** What an authority signs in the stretch, in order. */
export function signingsOf(population: Population, seed: string): readonly Signing[] {
  const { pairs, revocationsPerDay } = population
  const next = seededNumbers(seed)
  const revocations = new Map<number, Signing[]>()
  const count = Math.round((revocationsPerDay * 2 * STRETCH_MS) / DAY_MS)
  for (let i = 0; i < count; i++) {
    const key = Math.floor(next() * pairs) * 2
    const at = Math.floor(next() * 2 * STRETCH_MS) - STRETCH_MS
    revocations.set(key, [
      ...(revocations.get(key) ?? []),
      { at, key, index: Math.floor(next() * STATUS_LIST_ENTRIES) },
    ])
  }
  const all: Signing[] = [...newLists(population)]
  for (let key = 0; key < 2 * pairs; key++) {
    const firstAt = -STRETCH_MS - Math.floor(next() * SIGNED_ANEW_MS)
    all.push(
      ...withRenewals(
        key,
        firstAt,
        (revocations.get(key) ?? []).sort((a, b) => a.at - b.at),
      ),
    )
  }
  return all.filter(({ at }) => at >= 0).sort((a, b) => a.at - b.at)
}

/** Pairs that are begun, at equal distances. */
function newLists({ pairs, newPairsPerDay }: Population): readonly Signing[] {
  const count = Math.round((newPairsPerDay * STRETCH_MS) / DAY_MS)
  return Array.from({ length: count }, (_, i) => {
    const at = Math.floor(((i + 0.5) * STRETCH_MS) / count)
    return STATUS_PURPOSES.map((_, purpose) => ({ at, key: 2 * (pairs + i) + purpose }))
  }).flat()
}

/** Signed anew whenever nothing else has signed it for so long. */
function withRenewals(key: number, firstAt: number, revocations: readonly Signing[]): readonly Signing[] {
  const signings: Signing[] = []
  let last = firstAt
  const renewUntil = (end: number) => {
    for (; last + SIGNED_ANEW_MS < end; last += SIGNED_ANEW_MS)
      signings.push({ at: last + SIGNED_ANEW_MS, key })
  }
  for (const revocation of revocations) {
    renewUntil(revocation.at)
    signings.push(revocation)
    last = revocation.at
  }
  renewUntil(STRETCH_MS)
  return signings
}

/** The slice of changes as it is served when `until` has come, in characters. @param minute Since the stretch began. */
export function sliceChars(signings: readonly Signing[], minute: number, until: number): number {
  const from = minute * CHANGES_SLICE_MS
  const within = between(signings, from - 1, Math.min(until, from + CHANGES_SLICE_MS - 1))
  return encodeChanges(FIRST_SLICE + minute, changesOf(within)).length
}

/** Those after `from` and not after `to`. */
export function between(signings: readonly Signing[], from: number, to: number): readonly Signing[] {
  return signings.slice(firstAfter(signings, from), firstAfter(signings, to))
}

function firstAfter(signings: readonly Signing[], at: number): number {
  let [low, high] = [0, signings.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((signings[middle]?.at ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low
}

function changesOf(signings: readonly Signing[]): readonly ListChange[] {
  const changes = new Map<number, { version: number; readonly set: Set<number> }>()
  for (const { at, key, index } of signings) {
    const change = changes.get(key) ?? { version: 0, set: new Set() }
    change.version = FIRST_SLICE * CHANGES_SLICE_MS + at
    if (index !== undefined) change.set.add(index)
    changes.set(key, change)
  }
  return [...changes]
    .sort(([a], [b]) => a - b)
    .map(([key, { version, set }]) => ({
      purpose: STATUS_PURPOSES[key % 2] ?? 'revocation',
      pair: key >> 1,
      version,
      set: [...set].sort((a, b) => a - b),
      clear: [],
    }))
}
