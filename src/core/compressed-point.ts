/** A curve y² = x³ + ax + b over GF(p), with p ≡ 3 (mod 4) or any other odd prime. */
interface Curve {
  readonly p: bigint
  readonly a: bigint
  readonly b: bigint
}

const P384 = 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n
const P521 = 2n ** 521n - 1n

/** SP 800-186 §3.2.1.4 and §3.2.1.5, SEC 2 §2.4.1. P-256 has its own module, because verifying decodes it. */
const CURVES: Readonly<Record<'P-384' | 'P-521' | 'secp256k1', Curve>> = {
  'P-384': {
    p: P384,
    a: -3n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
  'P-521': {
    p: P521,
    a: -3n,
    b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  },
  secp256k1: { p: 2n ** 256n - 2n ** 32n - 977n, a: 0n, b: 7n },
}

/**
 * Tells whether `point` is the compressed form (0x02 or 0x03 ‖ x, SEC 1 §2.3.4) of a point of the curve. The caller
 * has checked the length. Costs a modular power, up to a millisecond: not for the path of verifying.
 */
export function isCompressedPoint(curve: keyof typeof CURVES, point: Uint8Array): boolean {
  const { p, a, b } = CURVES[curve]
  if (point[0] !== 2 && point[0] !== 3) return false
  const x = integer(point.subarray(1))
  return x < p && isSquare((((x * x + a + p) % p) * x + b) % p, p)
}

/** The prime of BLS12-381; p ≡ 3 (mod 4). */
const BLS =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn

/**
 * Tells whether `point` is the compressed form of a point of the curve of BLS12-381 G2, y² = x³ + 4(1 + i) over GF(p²)
 * with i² = −1: x₁ ‖ x₀ of 48 bytes each, the first three bits saying compressed, infinity (refused) and sign. The
 * caller has checked the length. Whether the point lies in the subgroup is not looked at. Costs as
 * {@link isCompressedPoint}.
 */
export function isCompressedBlsG2Point(point: Uint8Array): boolean {
  const [flags = 0] = point
  if ((flags & 0xc0) !== 0x80) return false
  const x1 = integer(point.slice(0, 48).with(0, flags & 0x1f))
  const x0 = integer(point.subarray(48))
  if (x0 >= BLS || x1 >= BLS) return false
  const [squared0, squared1] = [x0 * x0 - x1 * x1, 2n * x0 * x1]
  const right0 = squared0 * x0 - squared1 * x1 + 4n
  const right1 = squared0 * x1 + squared1 * x0 + 4n
  // An element of GF(p²) is a square when its norm is one in GF(p).
  return isSquare((right0 * right0 + right1 * right1) % BLS, BLS)
}

function integer(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

/** Euler's criterion. Zero is the square of zero. */
function isSquare(value: bigint, p: bigint): boolean {
  return value === 0n || power(value, (p - 1n) / 2n, p) === 1n
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}
