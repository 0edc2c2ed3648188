import { decodeUtf8 } from '../core/bytes.ts'
import type { Fetch } from '../core/clock.ts'
import { readBounded } from '../core/read-bounded.ts'
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
  try {
    const signal = AbortSignal.timeout(FETCH_DEADLINE_MS)
    const response = await fetch(url, { redirect: 'manual', signal, credentials: 'omit' })
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel()
      return refuse('status_unavailable', { dimension: 'http_status' })
    }
    const bytes = await readBounded(response.body, maxBytes)
    if (bytes === undefined) return refuse('status_unavailable', { dimension: 'size' })
    const text = decodeUtf8(bytes)
    return text === undefined ? refuse('status_invalid', { dimension: 'encoding' }) : accept(text)
  } catch {
    return refuse('status_unavailable', { dimension: 'fetch' })
  }
}
