import { Buffer } from 'node:buffer'
import { decodeUtf8 } from '../bytes.ts'

/** RFC 4648 §5 without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}

/**
 * Decodes RFC 4648 §5 without padding, canonical form only: padding, white space, other alphabets and non-zero
 * trailing bits are refused, so that one byte string has exactly one text.
 *
 * @returns `undefined` when the text is not canonical.
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  const bytes = decode(text)
  return bytes && new Uint8Array(bytes)
}

/** Decodes like {@link decodeBase64url} what is to be UTF-8; `undefined` also when it is not. */
export function decodeBase64urlText(text: string): string | undefined {
  const bytes = decode(text)
  return bytes && decodeUtf8(bytes)
}

/** The last characters that leave no bit over, by how many stand in the last group of four. */
const ENDS = ['', '', 'AQgw', 'AEIMQUYcgkosw048']

/**
 * Node's decoder is lenient: it passes over what it does not know, stops at padding, reads both alphabets, and takes
 * a character beyond Latin-1 for another one. So every character must count, and be one of the right alphabet.
 */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  const rest = text.length % 4
  if (bytes.length !== (text.length * 3) >> 2 || rest === 1) return undefined
  if (text.includes('+') || text.includes('/') || Buffer.byteLength(text) !== text.length) return undefined
  return rest === 0 || (ENDS[rest] ?? '').includes(text.slice(-1)) ? bytes : undefined
}
