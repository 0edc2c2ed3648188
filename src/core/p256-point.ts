import { readUint256, writeUint256 } from './bytes.ts'

/** The field and the constant of P-256, y² = x³ − 3x + b over GF(p) (SP 800-186 §3.2.1.3). */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn

/** Tells whether `point` is an uncompressed point (0x04 ‖ x ‖ y, SEC 1 §2.3.3) of the curve. */
export function isP256Point(point: Uint8Array): boolean {
  if (point.length !== 65 || point[0] !== 4) return false
  const x = readUint256(point, 1)
  const y = readUint256(point, 33)
  return x < P && y < P && (y * y) % P === curveAt(x)
}

/**
 * Expands a compressed point (0x02 or 0x03 ‖ x, 33 bytes, SEC 1 §2.3.4) to the uncompressed form of 65 bytes.
 *
 * @returns `undefined` when the bytes have another form or no point of the curve has that x.
 */
export function decompressP256Point(point: Uint8Array): Uint8Array | undefined {
  const sign = point[0]
  if (point.length !== 33 || (sign !== 2 && sign !== 3)) return undefined
  const x = readUint256(point, 1)
  const square = x < P ? curveAt(x) : undefined
  if (square === undefined) return undefined
  const root = squareRoot(square)
  if ((root * root) % P !== square) return undefined
  const y = (root & 1n) === BigInt(sign & 1) ? root : P - root
  const whole = new Uint8Array(65)
  whole[0] = 4
  whole.set(point.subarray(1), 1)
  writeUint256(whole, 33, y)
  return whole
}

/** The compressed form of an uncompressed point: 33 bytes. */
export function compressP256Point(point: Uint8Array): Uint8Array {
  const compressed = point.slice(0, 33)
  compressed[0] = 2 | (Number(point[64]) & 1)
  return compressed
}

function curveAt(x: bigint): bigint {
  return (((x * x + P - 3n) % P) * x + B) % P
}

/**
 * The candidate root a^((p+1)/4): p ≡ 3 (mod 4), so it is a root whenever one exists. The exponent is
 * ((2³² − 1)·2³² + 1)·2⁹⁶ + 1, times 2⁹⁴.
 */
function squareRoot(a: bigint): bigint {
  let ones = a
  for (const width of [1, 2, 4, 8, 16]) ones = (squared(ones, width) * ones) % P
  const high = (squared(ones, 32) * a) % P
  return squared((squared(high, 96) * a) % P, 94)
}

function squared(a: bigint, times: number): bigint {
  let power = a
  for (let i = 0; i < times; i++) power = (power * power) % P
  return power
}
