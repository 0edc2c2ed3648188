/** Signature algorithms of the protocol, named by key type. */
export type KeyType = 'Ed25519' | 'P-256'

/**
 * A public key. `raw` is 32 bytes for Ed25519 and the 65-byte uncompressed point for P-256, and is never written to
 * again. Keys from outside are made by {@link publicKeyFromRaw}, which refuses what is not a key.
 */
export interface PublicKey {
  readonly type: KeyType
  readonly raw: Uint8Array
  /** On Node: verify in its thread pool, and answer with a promise. Elsewhere the platform waits in any case. */
  readonly inThreads?: true
}
