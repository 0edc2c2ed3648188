import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { encodeBase64url } from '../base64url.ts'
import { encodeUtf8 } from '../bytes.ts'
import type { PublicKey } from './port.ts'

const handles = new WeakMap<PublicKey, Promise<CryptoKey>>()

/** SHA-256 (FIPS 180-4). Synchronous, because the chain is joined by digests before anything is awaited. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes)
}

/** SHA-256 of a text's UTF-8 bytes, in base64url. */
export function sha256Base64url(text: string): string {
  return encodeBase64url(sha256(encodeUtf8(text)))
}

/**
 * Verifies a signature with WebCrypto: Ed25519 (RFC 8032) or ECDSA P-256 with SHA-256 (r‖s).
 *
 * @param data What was signed. A text stands for its UTF-8 bytes.
 * @returns false for any signature or key that is not well-formed; never rejects on input bytes.
 */
export async function verifySignature(
  key: PublicKey,
  data: Uint8Array | string,
  signature: Uint8Array,
): Promise<boolean> {
  if (signature.length !== 64) return false
  const algorithm = key.type === 'Ed25519' ? { name: 'Ed25519' } : { name: 'ECDSA', hash: 'SHA-256' }
  const bytes = typeof data === 'string' ? encodeUtf8(data) : data
  try {
    return await crypto.subtle.verify(algorithm, await handleOf(key), unshared(signature), unshared(bytes))
  } catch {
    return false
  }
}

function handleOf(key: PublicKey): Promise<CryptoKey> {
  const known = handles.get(key)
  if (known !== undefined) return known
  const algorithm = key.type === 'Ed25519' ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256' }
  const handle = crypto.subtle.importKey('raw', unshared(key.raw), algorithm, false, ['verify'])
  handles.set(key, handle)
  return handle
}

/** WebCrypto refuses views over shared memory. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return isUnshared(bytes) ? bytes : new Uint8Array(bytes)
}

function isUnshared(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
}
