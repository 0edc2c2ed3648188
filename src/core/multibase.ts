import { decodeBase58, encodeBase58 } from './base58.ts'

/** Longest base58 text that is decoded; base58 costs time that grows with the square of the length. */
const MAX_BASE58_CHARS = 512

/** Multibase base58btc: `z` and the base58 text. */
export function encodeMultibaseBase58(bytes: Uint8Array): string {
  return `z${encodeBase58(bytes)}`
}

/**
 * Decodes multibase base58btc. One byte string has exactly one text.
 *
 * @returns `undefined` when the prefix is not `z`, a character is foreign, or the text is empty or too long.
 */
export function decodeMultibaseBase58(text: string): Uint8Array | undefined {
  const readable = text.startsWith('z') && text.length > 1 && text.length <= MAX_BASE58_CHARS
  return readable ? decodeBase58(text.slice(1)) : undefined
}

/** SHA2-256 multihash (code 0x12, length 32) of a digest, as multibase base58btc: the form of `parent.digest`. */
export function encodeSha256Multihash(digest: Uint8Array): string {
  const multihash = new Uint8Array(2 + digest.length)
  multihash.set([0x12, digest.length])
  multihash.set(digest, 2)
  return encodeMultibaseBase58(multihash)
}
