import { promisify } from 'node:util'
import { deflate, gunzipSync, gzip as gzipInPool, inflateSync } from 'node:zlib'
import type { MaybePromise } from '../maybe-promise.ts'
import { declaredLength } from './declared-length.ts'

const compress = { gzip: promisify(gzipInPool), zlib: promisify(deflate) }

/**
 * Compresses to one gzip member (RFC 1952) without name and time, in the thread pool: a full list takes a millisecond or two. The bytes
 * differ between zlib versions. `bytes` is read before the call returns.
 */
export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await compress.gzip(new Uint8Array(bytes)))
}

/**
 * Inflates one gzip member (RFC 1952), stopping as soon as the output would exceed `maxBytes`.
 *
 * @returns `undefined` when the input is not gzip, is cut short, goes on after its end, or inflates to more than
 * `maxBytes`.
 */
export function gunzip(bytes: Uint8Array, maxBytes: number): MaybePromise<Uint8Array | undefined> {
  const declared = declaredLength(bytes)
  if (declared === undefined || declared > maxBytes) return undefined
  try {
    // Node 20 ignores rejectGarbageAfterEnd; there the comparison of lengths finds what follows the end.
    const output = gunzipSync(bytes, { maxOutputLength: Math.max(declared, 1), rejectGarbageAfterEnd: true })
    return output.length === declared ? new Uint8Array(output) : undefined
  } catch {
    return undefined
  }
}

/**
 * Compresses to one zlib stream (RFC 1950), as {@link gzip}. The level is the usual one: the highest makes a list with 2,000 bits
 * an eighth smaller and takes ten times as long, 19 ms.
 */
export async function deflateZlib(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await compress.zlib(new Uint8Array(bytes)))
}

/**
 * Inflates one zlib stream (RFC 1950), stopping as soon as the output would exceed `maxBytes`: a stream does not say
 * how long it is.
 *
 * @returns `undefined` when the input is not zlib, is cut short, goes on after its end, or inflates to more than
 * `maxBytes`.
 */
export function inflateZlib(bytes: Uint8Array, maxBytes: number): MaybePromise<Uint8Array | undefined> {
  try {
    // The types leave out what `info` adds. Node 20 forgives what follows the end, so what was read is counted.
    const { buffer, engine } = inflateSync(bytes, {
      maxOutputLength: Math.max(maxBytes, 1),
      info: true,
    }) as unknown as { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } }
    const isWhole = engine.bytesWritten === bytes.length && buffer.length <= maxBytes
    return isWhole ? new Uint8Array(buffer) : undefined
  } catch {
    return undefined
  }
}
