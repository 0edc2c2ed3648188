import { Buffer } from 'node:buffer'

/** RFC 4648 §5 without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}

/**
 * Decodes RFC 4648 §5 without padding, canonical form only: padding, white space, other alphabets and non-zero
 * trailing bits are refused, so that one byte string has exactly one text. Node's decoder is lenient, hence the
 * comparison with what it would have written.
 *
 * @returns `undefined` when the text is not canonical.
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? new Uint8Array(bytes) : undefined
}
