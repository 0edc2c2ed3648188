import type { Fetch } from './clock.ts'
import { readBounded } from './read-bounded.ts'

export interface FetchBounds {
  /** Most bytes of the body, counted as they arrive and after decompression. */
  readonly maxBytes: number
  /** Time for all of it, from connecting to the last byte, in milliseconds. */
  readonly deadlineMs: number
  /** Media types asked for, and the only ones that are read. Default: any. */
  readonly mediaTypes?: readonly string[]
}

/** Why a document was not had: another status than 200, another media type, too many bytes, or no answer in time. */
export type FetchFailure = 'http_status' | 'media_type' | 'size' | 'fetch'

/**
 * Gets a small document. A redirect is not followed and is no answer. Never rejects; the caller has checked that
 * policy allows the URL.
 */
export async function fetchBounded(
  fetch: Fetch,
  url: string,
  { maxBytes, deadlineMs, mediaTypes }: FetchBounds,
): Promise<Uint8Array<ArrayBuffer> | FetchFailure> {
  const headers = mediaTypes === undefined ? {} : { accept: mediaTypes.join(', ') }
  try {
    const signal = AbortSignal.timeout(deadlineMs)
    const response = await fetch(url, { redirect: 'manual', signal, credentials: 'omit', headers })
    const failure = failureOf(response, mediaTypes)
    if (failure === undefined) return (await readBounded(response.body, maxBytes)) ?? 'size'
    await response.body?.cancel()
    return failure
  } catch {
    return 'fetch'
  }
}

function failureOf(response: Response, mediaTypes: readonly string[] | undefined): FetchFailure | undefined {
  if (response.status !== 200 || response.body === null) return 'http_status'
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return mediaTypes?.includes(type) === false ? 'media_type' : undefined
}
