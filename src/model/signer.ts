import type { PublicKey } from '../core/crypto/port.ts'
import type { DidUrl } from './did.ts'

/**
 * Something that signs: a local key, later a KMS. A signer has one key and one use; keys of different roles are
 * never shared (spec 01).
 */
export interface Signer {
  /** JWS algorithm (RFC 7518, RFC 8037), fixed by the key type. */
  readonly algorithm: 'EdDSA' | 'ES256'
  /** DID URL of the verification method, the `kid` of what it signs. */
  readonly keyId: DidUrl
  readonly publicKey: PublicKey
  /** 64 bytes: Ed25519, or r‖s for P-256 over SHA-256. Rejects when the key cannot be reached. */
  sign(bytes: Uint8Array): Promise<Uint8Array>
}
