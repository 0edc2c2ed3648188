import { concatBytes } from '../bytes.ts'
import { declaredLength } from './declared-length.ts'

/** Compresses to one gzip member (RFC 1952). The bytes differ between runtimes. */
export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  return collect(bytes, new CompressionStream('gzip'), Number.MAX_SAFE_INTEGER)
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
    const output = await collect(bytes, new DecompressionStream('gzip'), declared)
    return output.length === declared ? output : undefined
  } catch {
    return undefined
  }
}

/** All that `transform` makes of `bytes`; rejects, having stopped it, as soon as that is more than `maxBytes`. */
async function collect(
  bytes: Uint8Array,
  transform: CompressionStream | DecompressionStream,
  maxBytes: number,
): Promise<Uint8Array> {
  const reader = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(transform).getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    chunks.push(read.value)
    length += read.value.length
    if (length > maxBytes) {
      await reader.cancel()
      throw new RangeError('inflates beyond the limit')
    }
  }
  return concatBytes(...chunks)
}
