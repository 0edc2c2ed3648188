import { concatBytes, decodeUtf8 } from '../core/bytes.ts'
import type { Fetch } from '../core/clock.ts'
import { refuse, type Verdict } from '../refusal.ts'

/** Time for one document, from connecting to its last byte (spec 10 "Defaults"). */
export const FETCH_DEADLINE_MS = 3_000

/**
 * Gets a small text document. A redirect is not followed and is no answer: a list lies at the URL that names it. The caller has
 * checked that policy allows the URL.
 *
 * @param maxBytes Most bytes of the body, counted as they arrive.
 * @returns `status_unavailable` for anything but a complete 200 answer within the deadline and the limit.
 */
export async function fetchDocument(fetch: Fetch, url: string, maxBytes: number): Promise<Verdict<string>> {
  try {
    const signal = AbortSignal.timeout(FETCH_DEADLINE_MS)
    const response = await fetch(url, { redirect: 'manual', signal, credentials: 'omit' })
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel()
      return refuse('status_unavailable', { dimension: 'http_status' })
    }
    const text = decodeUtf8(await readLimited(response.body, maxBytes))
    return text === undefined
      ? refuse('status_invalid', { dimension: 'encoding' })
      : { verified: true, value: text }
  } catch {
    return refuse('status_unavailable', { dimension: 'fetch' })
  }
}

async function readLimited(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) throw new RangeError('the document is larger than allowed')
    chunks.push(chunk)
  }
  return concatBytes(...chunks)
}
