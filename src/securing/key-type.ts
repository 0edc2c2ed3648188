import type { KeyType } from '../core/crypto/port.ts'
import type { Signer } from '../model/signer.ts'

/** Both algorithms sign with 64 bytes: Ed25519, and r‖s of ECDSA P-256 (RFC 8037 §3.1, RFC 7518 §3.4). */
export const SIGNATURE_BYTES = 64

/** The only key type that an algorithm is accepted for (docs/spec/04-securing.md); nothing is ever tried. */
export function keyTypeOf(algorithm: Signer['algorithm']): KeyType {
  return algorithm === 'EdDSA' ? 'Ed25519' : 'P-256'
}

/** The algorithm that a key of this type signs with. */
export function algorithmOf(type: KeyType): Signer['algorithm'] {
  return type === 'Ed25519' ? 'EdDSA' : 'ES256'
}
