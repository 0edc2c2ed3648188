import { Buffer } from 'node:buffer'
import { createPublicKey, hash, type KeyObject, verify as verifyBytes } from 'node:crypto'
import type { MaybePromise } from '../maybe-promise.ts'
import type { PublicKey } from './port.ts'
import { encodePublicJwk } from './public-jwk.ts'

const handles = new WeakMap<PublicKey, KeyObject>()

/** SHA-256 (FIPS 180-4), as a plain Uint8Array: a Buffer would differ from other runtimes in `slice` and `toString`. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const digest = hash('sha256', bytes, 'buffer')
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length)
}

/** SHA-256 of a text's UTF-8 bytes, in base64url. */
export function sha256Base64url(text: string): string {
  return hash('sha256', text, 'base64url')
}

/**
 * Verifies a signature: Ed25519 (RFC 8032, 64 bytes) or ECDSA P-256 with SHA-256 (r‖s, 64 bytes, RFC 7518 §3.4). At
 * once, unless the key asks for the thread pool; there, a tenth of the time is left to this thread.
 *
 * @param data What was signed. A text stands for its UTF-8 bytes.
 * @returns false for any signature or key that is not well-formed; never throws on input bytes.
 */
export function verifySignature(
  key: PublicKey,
  data: Uint8Array | string,
  signature: Uint8Array,
): MaybePromise<boolean> {
  if (signature.length !== 64) return false
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  try {
    const handle = handleOf(key)
    const [hashing, input] =
      key.type === 'Ed25519'
        ? [null, handle]
        : (['sha256', { key: handle, dsaEncoding: 'ieee-p1363' }] as const)
    if (key.inThreads !== true) return verifyBytes(hashing, bytes, input, signature)
    return new Promise((resolve) => {
      verifyBytes(hashing, bytes, input, signature, (error, valid) => resolve(error === null && valid))
    })
  } catch {
    return false
  }
}

/** Throws when the key is not one of its type. */
function handleOf(key: PublicKey): KeyObject {
  const known = handles.get(key)
  if (known !== undefined) return known
  const handle = withoutStackTraces(() => createPublicKey({ key: encodePublicJwk(key), format: 'jwk' }))
  handles.set(key, handle)
  return handle
}

/**
 * Node 24 tells a JWK from a key object by four errors, which it catches. Their stack traces are dearer than all the
 * rest of the import, a fifth of a signature. With them left out, a JWK imports at least as fast as any other form.
 */
function withoutStackTraces<T>(act: () => T): T {
  const limit = Error.stackTraceLimit
  // Not by assignment, which would throw where a host has frozen its globals.
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return act()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit)
  }
}
