import { ByteCollector } from './byte-collector.ts'

/**
 * Reads a whole stream, but never more than `maxBytes`. Rejects as the stream does.
 *
 * @returns `undefined` when there is more; the rest is cancelled.
 */
export async function readBounded(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const collected = new ByteCollector(maxBytes)
  if (stream === null) return collected.bytes()
  const reader = stream.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (collected.add(next.value)) continue
    // Not awaited: one branch of a clone is cancelled only when the other one is, too.
    reader.cancel().catch(() => {})
    return undefined
  }
  return collected.bytes()
}
