const encoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 bytes of a string. Lone surrogates become U+FFFD; strings that came from {@link decodeUtf8} have none. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text of UTF-8 bytes, or `undefined` when they are not well-formed UTF-8. A BOM is kept as a character. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * The same text, sharing no memory with a longer one. Engines let a part of a string keep the whole alive, so a name
 * that is kept must not be cut out of a document. Joining and cutting copies; it is several times faster than going
 * through bytes.
 */
export function detachText(text: string): string {
  return `${text} `.slice(0, -1)
}

/** Tells whether two byte strings are equal, in a time that depends on their lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

/** All the bytes of a handful of parts, in order, as a copy. What arrives in parts is for a {@link ByteCollector}. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** The unsigned integer that the 32 bytes at `offset` spell, big-endian. */
export function readUint256(bytes: Uint8Array, offset: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 32)
  let value = 0n
  for (let i = 0; i < 32; i += 8) value = (value << 64n) | view.getBigUint64(i)
  return value
}

/** Writes an integer below 2²⁵⁶ into the 32 bytes at `offset`, big-endian. */
export function writeUint256(bytes: Uint8Array, offset: number, value: bigint): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 32)
  for (let i = 0; i < 32; i += 8) view.setBigUint64(i, value >> BigInt(192 - 8 * i))
}
