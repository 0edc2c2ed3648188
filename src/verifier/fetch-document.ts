import { decodeUtf8 } from '../core/bytes.ts'
import type { Fetch } from '../core/clock.ts'
import { fetchBounded, refuseFetch } from '../core/fetch-bounded.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'

/** Time for one document, from connecting to its last byte (spec 10 "Defaults"). */
export const FETCH_DEADLINE_MS = 3_000

/**
 * Gets a small text document. A redirect is not followed and is no answer: a list lies at the URL that names it. The caller has
 * checked that policy allows the URL.
 *
 * @param maxBytes Most bytes of the body, counted as they arrive.
 * @returns `status_unavailable` for anything but a complete 200 answer within the deadline and the limit,
 * `status_invalid` for one that is not UTF-8.
 */
export async function fetchDocument(fetch: Fetch, url: string, maxBytes: number): Promise<Verdict<string>> {
  const fetched = await fetchBounded(fetch, url, { maxBytes, deadlineMs: FETCH_DEADLINE_MS })
  if ('cause' in fetched) return refuseFetch('status_unavailable', fetched)
  const text = decodeUtf8(fetched)
  return text === undefined ? refuse('status_invalid', { dimension: 'encoding' }) : accept(text)
}
