import { createHash, createPublicKey, type KeyObject, verify as verifyBytes } from 'node:crypto'
import { encodeBase64url } from '../base64url.ts'
import type { MaybePromise, PublicKey } from './port.ts'

const handles = new WeakMap<PublicKey, KeyObject>()

/** SHA-256 (FIPS 180-4). */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}

/**
 * Verifies a signature: Ed25519 (RFC 8032, 64 bytes) or ECDSA P-256 with SHA-256 (r‖s, 64 bytes, RFC 7518 §3.4).
 *
 * @returns false for any signature or key that is not well-formed; never throws on input bytes.
 */
export function verifySignature(
  key: PublicKey,
  data: Uint8Array,
  signature: Uint8Array,
): MaybePromise<boolean> {
  if (signature.length !== 64) return false
  const handle = handleOf(key)
  if (handle === undefined) return false
  if (key.type === 'Ed25519') return verifyBytes(null, data, handle, signature)
  return verifyBytes('sha256', data, { key: handle, dsaEncoding: 'ieee-p1363' }, signature)
}

function handleOf(key: PublicKey): KeyObject | undefined {
  const known = handles.get(key)
  if (known !== undefined) return known
  try {
    const handle = createPublicKey({ key: jwkOf(key), format: 'jwk' })
    handles.set(key, handle)
    return handle
  } catch {
    return undefined
  }
}

function jwkOf({ type, raw }: PublicKey): Record<string, string> {
  return type === 'Ed25519'
    ? { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(raw) }
    : {
        kty: 'EC',
        crv: 'P-256',
        x: encodeBase64url(raw.subarray(1, 33)),
        y: encodeBase64url(raw.subarray(33)),
      }
}
