import { concatBytes } from '../bytes.ts'

export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  return collect(stream(bytes).pipeThrough(new CompressionStream('gzip')), Number.MAX_SAFE_INTEGER)
}

/**
 * Inflates gzip (RFC 1952), stopping as soon as the output would exceed `maxBytes`.
 *
 * @returns `undefined` when the input is not gzip, is cut short, or inflates to more than `maxBytes`.
 */
export async function gunzip(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    return await collect(stream(bytes).pipeThrough(new DecompressionStream('gzip')), maxBytes)
  } catch {
    return undefined
  }
}

function stream(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new Blob([new Uint8Array(bytes)]).stream()
}

async function collect(source: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of source) {
    length += chunk.length
    if (length > maxBytes) throw new RangeError('inflates beyond the limit')
    chunks.push(chunk)
  }
  return concatBytes(...chunks)
}
