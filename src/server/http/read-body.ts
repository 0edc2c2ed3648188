import { decodeUtf8 } from '../../core/bytes.ts'
import { isJsonObject, type JsonObject, parseStrictJson } from '../../core/json.ts'
import { readBounded } from '../../core/read-bounded.ts'
import { ApiError } from '../api-error.ts'
import { MAX_BODY_BYTES } from '../limits.ts'
import { NO_OBJECT } from './schema.ts'

const JSON_MEDIA_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i

/**
 * Reads the bytes of a body.
 *
 * @throws {ApiError} `body_too_large`, as soon as the announced or the received length says so.
 */
export async function readBody(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  const body = await readBounded(request.body, MAX_BODY_BYTES)
  if (body === undefined) throw tooLarge()
  return body
}

/** Methods whose requests may have a body. */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/**
 * Reads the body of a `POST`, `PUT` or `PATCH` as strict JSON. No body is an empty object, for the routes that need nothing.
 *
 * @throws {ApiError} `unsupported_media_type`, `malformed_json`, `invalid_request`, `malformed_request`.
 */
export function parseJsonBody(request: Request, bytes: Uint8Array): JsonObject {
  if (bytes.length === 0) return {}
  if (!WITH_BODY.has(request.method)) {
    throw new ApiError('malformed_request', { detail: `a ${request.method} request has no body` })
  }
  if (!JSON_MEDIA_TYPE.test(request.headers.get('content-type') ?? '')) {
    throw new ApiError('unsupported_media_type', { available: ['application/json'] })
  }
  const text = decodeUtf8(bytes)
  const json = text === undefined ? undefined : parseStrictJson(text)
  if (json === undefined) {
    throw new ApiError('malformed_json', { detail: 'UTF-8, no duplicate members, at most 32 levels deep' })
  }
  if (!isJsonObject(json)) {
    throw new ApiError('invalid_request', { errors: [{ pointer: '', message: NO_OBJECT }] })
  }
  return json
}

/** The problem of a body beyond {@link MAX_BODY_BYTES}. */
export function tooLarge(): ApiError {
  return new ApiError('body_too_large', { detail: `at most ${MAX_BODY_BYTES} bytes` })
}
