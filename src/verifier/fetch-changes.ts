import type { Fetch } from '../core/clock.ts'
import {
  CHANGES_KEPT_SLICES,
  changesSliceOf,
  type ListChange,
  MAX_CHANGES_CHARS,
  mergeChanges,
  parseChanges,
} from '../status/changes.ts'
import { changesUrl } from '../status/layout.ts'
import { fetchDocument } from './fetch-document.ts'

/**
 * Gets what changed from one signed time to another (docs/spec/05-status.md "Changes"), joined.
 *
 * @param base As of `statusBaseOf`. @param fromMs Milliseconds since 1970. @param toMs The same.
 * @returns `undefined` when it is too much, or any of it cannot be had: take the lists.
 */
export async function fetchChanges(
  fetch: Fetch,
  base: string,
  fromMs: number,
  toMs: number,
): Promise<readonly ListChange[] | undefined> {
  const first = changesSliceOf(fromMs)
  const count = changesSliceOf(toMs) - first + 1
  if (!(count >= 1 && count <= CHANGES_KEPT_SLICES)) return undefined
  const slices = await Promise.all(
    Array.from({ length: count }, (_, i) => fetchSlice(fetch, base, first + i)),
  )
  let joined: readonly ListChange[] = []
  for (const slice of slices) {
    if (slice === undefined) return undefined
    joined = mergeChanges(joined, slice)
  }
  return joined
}

async function fetchSlice(
  fetch: Fetch,
  base: string,
  slice: number,
): Promise<readonly ListChange[] | undefined> {
  const text = await fetchDocument(fetch, changesUrl(base, slice), MAX_CHANGES_CHARS)
  const changes = text.verified ? parseChanges(text.value, slice) : text
  return changes.verified ? changes.value : undefined
}
