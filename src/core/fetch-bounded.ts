import { type FetchCause, type RefusalCode, type Refused, refuse } from '../refusal.ts'
import type { Fetch } from './clock.ts'
import { mediaTypeOf } from './media-type.ts'
import { readBounded } from './read-bounded.ts'

export interface FetchBounds {
  /** Most bytes of the body, counted as they arrive and after decompression. */
  readonly maxBytes: number
  /** Time for all of it, from connecting to the last byte, in milliseconds. */
  readonly deadlineMs: number
  /** Media types asked for, and the only ones that are read. Default: any. */
  readonly mediaTypes?: readonly string[]
}

/** A document that was not had. */
export interface FetchFailure {
  readonly url: string
  readonly cause: FetchCause
}

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
  const signal = AbortSignal.timeout(deadlineMs)
  try {
    const response = await fetch(url, { redirect: 'manual', signal, credentials: 'omit', headers })
    const cause = causeOf(response, mediaTypes)
    if (cause === undefined) return (await readBounded(response.body, maxBytes)) ?? { url, cause: 'size' }
    await response.body?.cancel()
    return { url, cause }
  } catch (error) {
    const isLate = signal.aborted || propertyOf(error, 'name') === 'TimeoutError'
    return { url, cause: isLate ? 'timeout' : causeOfError(error) }
  }
}

/**
 * The refusal for a document that was not had. Its dimension is `http_status`, `media_type`, `size`, or `fetch` when
 * there was no answer; the cause says more, to operators.
 */
export function refuseFetch(code: RefusalCode, fault: FetchFailure): Refused {
  const { cause } = fault
  const dimension = cause.startsWith('http_') ? 'http_status' : ANSWERED.has(cause) ? cause : 'fetch'
  return { ...refuse(code, { dimension }), fault }
}

/** What is wrong with an answer, not with the way to it. */
const ANSWERED: ReadonlySet<FetchCause> = new Set(['media_type', 'size'])

function causeOf(response: Response, mediaTypes: readonly string[] | undefined): FetchCause | undefined {
  if (response.status !== 200 || response.body === null) return `http_${response.status}`
  const type = mediaTypeOf(response.headers.get('content-type'))
  return mediaTypes?.includes(type) === false ? 'media_type' : undefined
}

/** By the codes of Node, whose `fetch` has them one level down. Elsewhere an error says nothing that can be told apart. */
export function causeOfError(error: unknown): FetchCause {
  const code = codeOf(error) ?? codeOf(propertyOf(error, 'cause')) ?? ''
  return CAUSES.find(([pattern]) => pattern.test(code))?.[1] ?? 'unreachable'
}

const CAUSES: readonly (readonly [code: RegExp, cause: FetchCause])[] = [
  [/^ECONNREFUSED$/, 'refused'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'name_not_found'],
  [/^ERR_PRIVATE_ADDRESS$/, 'private_address'],
  [/^(CERT_|ERR_TLS_|ERR_SSL_)|_CERT|_LEAF_SIGNATURE$|^EPROTO$/, 'tls'],
]

function codeOf(error: unknown): string | undefined {
  const code = propertyOf(error, 'code')
  return typeof code === 'string' ? code : undefined
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
