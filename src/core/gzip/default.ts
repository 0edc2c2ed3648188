import { readBounded } from '../read-bounded.ts'
import { declaredLength } from './declared-length.ts'

/** Compresses to one gzip member (RFC 1952). The bytes differ between runtimes. */
export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  return compressed(bytes, 'gzip')
}

/**
 * Inflates one gzip member (RFC 1952), stopping as soon as the output would exceed `maxBytes`.
 *
 * @returns `undefined` when the input is not gzip, is cut short, goes on after its end, or inflates to more than
 * `maxBytes`.
 */
export async function gunzip(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array | undefined> {
  const declared = declaredLength(bytes)
  if (declared === undefined || declared > maxBytes) return undefined
  try {
    const output = await readBounded(transformed(bytes, new DecompressionStream('gzip')), declared)
    return output?.length === declared ? output : undefined
  } catch {
    return undefined
  }
}

/** Compresses to one zlib stream (RFC 1950). The bytes differ between runtimes. */
export async function deflateZlib(bytes: Uint8Array): Promise<Uint8Array> {
  return compressed(bytes, 'deflate')
}

/**
 * Inflates one zlib stream (RFC 1950), stopping as soon as the output would exceed `maxBytes`: a stream does not say
 * how long it is.
 *
 * @returns `undefined` when the input is not zlib, is cut short, goes on after its end (which only Node 20 forgives), or
 * inflates to more than `maxBytes`.
 */
export async function inflateZlib(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    return await readBounded(transformed(bytes, new DecompressionStream('deflate')), maxBytes)
  } catch {
    return undefined
  }
}

async function compressed(bytes: Uint8Array, format: CompressionFormat): Promise<Uint8Array> {
  const packed = new Response(transformed(bytes, new CompressionStream(format)))
  return new Uint8Array(await packed.arrayBuffer())
}

/** What `transform` makes of `bytes`. */
function transformed(
  bytes: Uint8Array,
  transform: CompressionStream | DecompressionStream,
): ReadableStream<Uint8Array> {
  return new Blob([new Uint8Array(bytes)]).stream().pipeThrough(transform)
}
