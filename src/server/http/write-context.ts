import { sha256 } from '#crypto'
import { encodeBase64url } from '../../core/base64url.ts'
import { concatBytes, encodeUtf8 } from '../../core/bytes.ts'
import type { WriteContext } from '../../issuer/ports.ts'
import type { Principal } from '../../issuer/records.ts'
import { ApiError } from '../api-error.ts'

/** What a client may choose as an idempotency key: visible ASCII, at most 255 characters. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/

/** W3C Trace Context, version 00. All-zero ids are invalid there. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/**
 * What a write carries into the audit trail, and its idempotency.
 *
 * @throws {ApiError} `malformed_request` for an `Idempotency-Key` that is not 1 to 255 visible ASCII characters.
 */
export function writeContext(
  request: Request,
  body: Uint8Array,
  who: { readonly principal: Principal; readonly requestId: string; readonly at: number },
): WriteContext {
  const key = request.headers.get('idempotency-key')
  return {
    ...who,
    ...traceparentOf(request),
    ...(key !== null && { idempotency: { key: checkedKey(key), requestDigest: digestOf(request, body) } }),
  }
}

/** A malformed one is left out. */
export function traceparentOf({ headers }: Request): Pick<WriteContext, 'traceparent'> {
  const traceparent = headers.get('traceparent') ?? ''
  return TRACEPARENT.test(traceparent) ? { traceparent } : {}
}

function checkedKey(key: string): string {
  if (!IDEMPOTENCY_KEY.test(key)) {
    throw new ApiError('malformed_request', {
      detail: 'Idempotency-Key has 1 to 255 visible ASCII characters',
    })
  }
  return key
}

/** What makes two requests with one key the same: method, target and the bytes of the body. */
function digestOf(request: Request, body: Uint8Array): string {
  const { pathname, search } = new URL(request.url)
  return encodeBase64url(sha256(concatBytes(encodeUtf8(`${request.method} ${pathname}${search}\n`), body)))
}
