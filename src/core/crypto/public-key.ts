import { isP256Point } from '../p256-point.ts'
import type { KeyType, PublicKey } from './port.ts'

/**
 * Makes a public key from its raw form: 32 bytes for Ed25519, the uncompressed point of 65 bytes for P-256.
 *
 * Refused, because they let one key have two names or let anyone sign: points off the curve (P-256), y not reduced
 * (RFC 8032 §5.1.3) and the points of small order (Ed25519), under which one signature fits many messages.
 * Whether an Ed25519 key lies on its curve shows only when a signature is verified, and then refuses.
 *
 * @returns `undefined` for such a key and for a wrong length.
 */
export function publicKeyFromRaw(type: KeyType, raw: Uint8Array): PublicKey | undefined {
  const usable = type === 'Ed25519' ? isUsableEd25519(raw) : isP256Point(raw)
  return usable ? { type, raw } : undefined
}

/** The y of the points of order 1, 2, 4 and 8, little-endian without the sign bit of x. */
const SMALL_ORDER: readonly Uint8Array[] = [
  `00${'00'.repeat(31)}`,
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map((hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)))

function isUsableEd25519(raw: Uint8Array): boolean {
  return raw.length === 32 && isReduced(raw) && !SMALL_ORDER.some((y) => hasY(raw, y))
}

/** y < p = 2²⁵⁵ − 19, little-endian without the sign bit of x. */
function isReduced(raw: Uint8Array): boolean {
  if (((raw[31] ?? 0) & 0x7f) !== 0x7f || (raw[0] ?? 0) < 0xed) return true
  return raw.subarray(1, 31).some((byte) => byte !== 0xff)
}

function hasY(raw: Uint8Array, y: Uint8Array): boolean {
  return y.every((byte, i) => byte === (i === 31 ? (raw[i] ?? 0) & 0x7f : raw[i]))
}
