import { sha256 } from '#crypto'
import { encodeBase64url } from '../../core/base64url.ts'
import { encodeUtf8 } from '../../core/bytes.ts'

/** A DID may be longer than a key, and have a colon. */
export function keyOf(authority: string): string {
  return encodeBase64url(sha256(encodeUtf8(authority)))
}
