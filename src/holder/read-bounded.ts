import { concatBytes } from '../core/bytes.ts'

/**
 * Reads a whole body, but never more than `maxBytes`.
 *
 * @returns `undefined` when there is more; the rest is cancelled.
 */
export async function readBounded(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  if (stream === null) return new Uint8Array(0)
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concatBytes(...chunks)
    chunks.push(value)
    length += value.length
    if (length > maxBytes) {
      await reader.cancel()
      return undefined
    }
  }
}
