import { CHANGES_KEPT_SLICES, CHANGES_SLICE_MS } from '../../../src/status/changes.ts'
import { DEFAULT_HEARTBEAT_SECONDS } from '../../../src/status/freshness.ts'
import { encodeHeadEvent, MAX_PUSHED_CHANGES_CHARS } from '../../../src/status/head-event.ts'
import type { Population } from './assumptions.ts'
import type { Encodings } from './encodings.ts'
import { between, type Signing, STRETCH_MS, sliceChars } from './signings.ts'

/** How somebody learns what is revoked. */
export type Way = 'plain' | 'etag' | 'leaves' | 'changes'

/** What one way takes between two looks: requests, and bytes of the bodies of their answers. */
export interface Cost {
  readonly requests: number
  readonly bytes: number
}

/** What one authority signs in the stretch, and how large it is. */
export interface Published {
  readonly population: Population
  readonly encodings: Encodings
  readonly signings: readonly Signing[]
}

/** Pauses between commits, in milliseconds: what is signed meanwhile is pushed together. */
const COALESCED_MS = 200

/** What a look takes on average, over moments all through the stretch. */
export function lookCosts(published: Published, pollSeconds: number): Readonly<Record<Way, Cost>> {
  const pollMs = pollSeconds * 1000
  const looks = phasesOf(pollSeconds).flatMap((phase) => looksFrom(phase, pollMs))
  const costs = looks.map(([before, now]) => costsBetween(published, before, now))
  return {
    plain: mean(costs.map(({ plain }) => plain)),
    etag: mean(costs.map(({ etag }) => etag)),
    leaves: mean(costs.map(({ leaves }) => leaves)),
    changes: mean(costs.map(({ changes }) => changes)),
  }
}

/** Looks fall anywhere in a minute: six moments of it stand for all. */
function phasesOf(pollSeconds: number): readonly number[] {
  return [5_000, 15_000, 25_000, 35_000, 45_000, 55_000].filter((phase) => phase < pollSeconds * 1000)
}

function looksFrom(phase: number, pollMs: number): readonly (readonly [number, number])[] {
  const count = Math.floor((STRETCH_MS - phase) / pollMs)
  return Array.from({ length: count }, (_, i) => [phase + i * pollMs, phase + (i + 1) * pollMs] as const)
}

function costsBetween(published: Published, before: number, now: number): Readonly<Record<Way, Cost>> {
  const { population, encodings, signings } = published
  const { revocation, suspension, head, leafTable } = encodings
  const { pairs } = population
  const lists = new Set(between(signings, before, now).map(({ key }) => key))
  const suspensions = [...lists].filter((key) => key % 2 === 1).length
  const revocations = lists.size - suspensions
  const etag = { requests: 2 * pairs, bytes: revocations * revocation.json + suspensions * suspension.json }
  const look = { requests: 1, bytes: head.length }
  const bytes = head.length + leafTable + revocations * revocation.jws + suspensions * suspension.jws
  const leaves = lists.size === 0 ? look : { requests: 2 + lists.size, bytes }
  return {
    plain: { requests: 2 * pairs, bytes: pairs * (revocation.json + suspension.json) },
    etag,
    leaves,
    changes: lists.size === 0 ? look : (withChanges(signings, look, before, now) ?? leaves),
  }
}

/** @returns `undefined` when so many minutes have passed that the lists are fetched. */
function withChanges(
  signings: readonly Signing[],
  look: Cost,
  before: number,
  now: number,
): Cost | undefined {
  const first = Math.floor(before / CHANGES_SLICE_MS)
  const count = Math.floor(now / CHANGES_SLICE_MS) - first + 1
  if (count > CHANGES_KEPT_SLICES) return undefined
  const chars = Array.from({ length: count }, (_, i) => sliceChars(signings, first + i, now))
  return { requests: look.requests + count, bytes: look.bytes + chars.reduce((sum, one) => sum + one, 0) }
}

/** What is pushed in the stretch: an event for each commit, and one for each heartbeat in which nothing was signed. */
export function pushedBytes({ encodings: { head }, signings }: Published): number {
  let bytes = 0
  let before = 0
  for (const at of headTimes(signings)) {
    const changes = changesSince(signings, before, at)
    bytes += encodeHeadEvent(1_000_000, { head, changes }).length
    before = at
  }
  return bytes
}

function headTimes(signings: readonly Signing[]): readonly number[] {
  const times: number[] = []
  let last = 0
  const beatUntil = (end: number) => {
    for (; last + DEFAULT_HEARTBEAT_SECONDS * 1000 < end; times.push(last))
      last += DEFAULT_HEARTBEAT_SECONDS * 1000
  }
  for (const { at } of signings) {
    if (at <= last) continue
    beatUntil(at)
    last = Math.max(at, last + COALESCED_MS)
    times.push(last)
  }
  beatUntil(STRETCH_MS)
  return times
}

function changesSince(signings: readonly Signing[], before: number, at: number): Record<string, string> {
  if (between(signings, before, at).length === 0) return {}
  const minutes = new Set([before, at].map((ms) => Math.floor(ms / CHANGES_SLICE_MS)))
  const slices = [...minutes].map((minute) => [
    String(minute + 1e7),
    'A'.repeat(sliceChars(signings, minute, at)),
  ])
  const chars = slices.reduce((sum, [, slice = '']) => sum + slice.length, 0)
  return chars > MAX_PUSHED_CHANGES_CHARS ? {} : Object.fromEntries(slices)
}

function mean(costs: readonly Cost[]): Cost {
  const sum = (what: keyof Cost) => costs.reduce((total, cost) => total + cost[what], 0)
  return { requests: sum('requests') / costs.length, bytes: sum('bytes') / costs.length }
}
