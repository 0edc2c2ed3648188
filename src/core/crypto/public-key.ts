import { readUint256 } from '../bytes.ts'
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

/** The field of edwards25519. */
const P = 2n ** 255n - 19n

/** The y of a point of order 8. */
const ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n

/** The y of the eight points of order 1, 2, 4 and 8. */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([1n, P - 1n, 0n, ORDER_8, P - ORDER_8])

/** The lowest 32 bits of each, to pass nearly every key without arithmetic on big integers. */
const SMALL_ORDER_LOW: ReadonlySet<number> = new Set(
  [...SMALL_ORDER].map((y) => Number(BigInt.asUintN(32, y))),
)
const P_LOW = Number(BigInt.asUintN(32, P))

function isUsableEd25519(raw: Uint8Array): boolean {
  if (raw.length !== 32) return false
  const low = new DataView(raw.buffer, raw.byteOffset).getUint32(0, true)
  if (low < P_LOW && !SMALL_ORDER_LOW.has(low)) return true
  const y = BigInt.asUintN(255, readUint256(raw.toReversed(), 0))
  return y < P && !SMALL_ORDER.has(y)
}
