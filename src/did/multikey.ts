import { concatBytes } from '../core/bytes.ts'
import type { PublicKey } from '../core/crypto/port.ts'
import { publicKeyFromRaw } from '../core/crypto/public-key.ts'
import { decodeMultibaseBase58, encodeMultibaseBase58 } from '../core/multibase.ts'
import { compressP256Point, decompressP256Point } from '../core/p256-point.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'

/** Multicodec prefixes as unsigned varints: ed25519-pub 0xed, p256-pub 0x1200. */
const ED25519 = Uint8Array.of(0xed, 0x01)
const P256 = Uint8Array.of(0x80, 0x24)

/**
 * Reads a public key in Multikey form: multibase base58btc of multicodec and key (Controlled Identifiers 1.0 §2.2.2).
 * A P-256 point must be compressed. Each key has exactly one such text.
 *
 * @returns `unsupported` for another multicodec; `malformed` for what is not base58btc or not a key.
 */
export function decodeMultikey(text: string): Verdict<PublicKey> {
  const bytes = decodeMultibaseBase58(text)
  if (bytes === undefined || bytes.length < 3) return refuse('malformed', { dimension: 'multikey' })
  const raw = bytes.subarray(2)
  let key: PublicKey | undefined
  if (hasPrefix(bytes, ED25519)) key = publicKeyFromRaw('Ed25519', raw)
  else if (hasPrefix(bytes, P256)) key = readP256(raw)
  else return refuse('unsupported', { dimension: 'multikey' })
  return key === undefined ? refuse('malformed', { dimension: 'multikey' }) : accept(key)
}

/** The Multikey form of a public key: `z6Mk…` for Ed25519, `zDn…` for P-256. */
export function encodeMultikey({ type, raw }: PublicKey): string {
  return encodeMultibaseBase58(
    type === 'Ed25519' ? concatBytes(ED25519, raw) : concatBytes(P256, compressP256Point(raw)),
  )
}

function readP256(raw: Uint8Array): PublicKey | undefined {
  const point = decompressP256Point(raw)
  return point === undefined ? undefined : { type: 'P-256', raw: point }
}

function hasPrefix(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes[0] === prefix[0] && bytes[1] === prefix[1]
}
