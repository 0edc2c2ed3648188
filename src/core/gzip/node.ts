import { gunzipSync, gzipSync } from 'node:zlib'
import type { MaybePromise } from '../crypto/port.ts'

export function gzip(bytes: Uint8Array): MaybePromise<Uint8Array> {
  return gzipSync(bytes)
}

/**
 * Inflates gzip (RFC 1952), stopping as soon as the output would exceed `maxBytes`.
 *
 * @returns `undefined` when the input is not gzip, is cut short, or inflates to more than `maxBytes`.
 */
export function gunzip(bytes: Uint8Array, maxBytes: number): MaybePromise<Uint8Array | undefined> {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes })
  } catch {
    return undefined
  }
}
