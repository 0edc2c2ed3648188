import { sha256 } from '#crypto'
import { encodeBase64url } from '../core/base64url.ts'
import { decodeUtf8, encodeUtf8 } from '../core/bytes.ts'

/** A text that can be told from one that was written in part, or has changed since: after a line with its SHA-256. */
export function sealText(text: string): Uint8Array {
  return encodeUtf8(`${digestOf(text)}\n${text}`)
}

/** @returns `undefined` for anything but what {@link sealText} wrote. */
export function unsealText(bytes: Uint8Array): string | undefined {
  const [, digest, text = ''] = /^([A-Za-z0-9_-]{43})\n(.*)$/s.exec(decodeUtf8(bytes) ?? '') ?? []
  return digest === digestOf(text) ? text : undefined
}

function digestOf(text: string): string {
  return encodeBase64url(sha256(encodeUtf8(text)))
}
