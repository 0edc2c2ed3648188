import { sha256 } from '#crypto'
import { decodeBase64 } from '../../core/base64.ts'
import { equalBytes } from '../../core/bytes.ts'
import { formatByteSequence, parseByteSequences } from './structured-fields.ts'

const SHA256_BYTES = 32

/** `Content-Digest` of a body (RFC 9530 §2), with SHA-256. */
export function formatContentDigest(body: Uint8Array): string {
  return `sha-256=${formatByteSequence(sha256(body))}`
}

/**
 * Tells whether the field states the SHA-256 of the body. Digests by other algorithms say nothing and are passed
 * over (RFC 9530 §5 deprecates most of them).
 */
export function matchesContentDigest(field: string, body: Uint8Array): boolean {
  const digest = digestIn(field)
  return digest !== undefined && equalBytes(digest, sha256(body))
}

/** The SHA-256 that the field states, 32 bytes. */
export function digestIn(field: string): Uint8Array | undefined {
  const text = parseByteSequences(field)?.get('sha-256')
  const digest = text === undefined ? undefined : decodeBase64(text)
  return digest?.length === SHA256_BYTES ? digest : undefined
}
