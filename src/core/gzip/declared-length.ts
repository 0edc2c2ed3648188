/**
 * The length that a gzip member says it inflates to: ISIZE, the last four bytes (RFC 1952 §2.3.1). It is the sender's
 * word, so it may refuse an input early but not admit one.
 *
 * @returns `undefined` when the input is shorter than the smallest gzip member, 18 bytes.
 */
export function declaredLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < 18) return undefined
  return new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true)
}
