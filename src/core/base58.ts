const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const VALUES = new Int8Array(128).fill(-1)
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i

/**
 * Numbers are limbs, least significant first. Text is read four characters and bytes two at a time, so that
 * limb × factor + carry stays below 2⁵³ (exact in a double) and a chunk adds at most one limb.
 */
const BYTE_LIMB = 2 ** 24
const TEXT_LIMB = 58 ** 4

/** Base58 with the Bitcoin alphabet. Costs time that grows with the square of the length. */
export function encodeBase58(bytes: Uint8Array): string {
  let zeros = 0
  while (bytes[zeros] === 0) zeros++
  const limbs: number[] = []
  for (let i = zeros; i < bytes.length; i += 2) {
    const low = bytes[i + 1]
    const term = low === undefined ? (bytes[i] ?? 0) : (bytes[i] ?? 0) * 256 + low
    multiplyAdd(limbs, low === undefined ? 256 : 65_536, term, TEXT_LIMB)
  }
  let digits = ''
  for (let i = limbs.length - 1; i >= 0; i--) digits += digitsOf(limbs[i] ?? 0)
  return '1'.repeat(zeros) + digits.replace(/^1+/, '')
}

/**
 * Decodes base58. A text has one value and a value one text: leading `1`s are leading zero bytes.
 *
 * @returns `undefined` when a character is not of the alphabet.
 */
export function decodeBase58(text: string): Uint8Array | undefined {
  let zeros = 0
  while (text.charCodeAt(zeros) === 0x31) zeros++
  const limbs: number[] = []
  for (let i = zeros; i < text.length; i += 4) {
    let term = 0
    let factor = 1
    for (let j = i; j < i + 4 && j < text.length; j++) {
      const value = VALUES[text.charCodeAt(j)] ?? -1
      if (value < 0) return undefined
      term = term * 58 + value
      factor *= 58
    }
    multiplyAdd(limbs, factor, term, BYTE_LIMB)
  }
  return bytesOf(limbs, zeros)
}

/** limbs = limbs × factor + term, in limbs below `base`. */
function multiplyAdd(limbs: number[], factor: number, term: number, base: number): void {
  let carry = term
  for (let i = 0; i < limbs.length; i++) {
    const product = (limbs[i] ?? 0) * factor + carry
    carry = Math.floor(product / base)
    limbs[i] = product - carry * base
  }
  if (carry > 0) limbs.push(carry)
}

/** The four characters of a limb of 58⁴. */
function digitsOf(limb: number): string {
  const high = Math.floor(limb / 3364)
  const low = limb % 3364
  return digitOf(high / 58) + digitOf(high % 58) + digitOf(low / 58) + digitOf(low % 58)
}

/** charAt cuts the fraction off. */
function digitOf(value: number): string {
  return ALPHABET.charAt(value)
}

/** The bytes of limbs of 2²⁴, big-endian without leading zeros, after `zeros` zero bytes. */
function bytesOf(limbs: readonly number[], zeros: number): Uint8Array {
  const top = limbs.at(-1) ?? 0xffffff
  const unused = top < 0x100 ? 2 : top < 0x10000 ? 1 : 0
  const bytes = new Uint8Array(zeros + limbs.length * 3 - unused)
  for (let i = 0, at = bytes.length - 1; at >= zeros; i++) {
    for (let limb = limbs[i] ?? 0, j = 0; j < 3 && at >= zeros; j++, limb >>= 8) bytes[at--] = limb
  }
  return bytes
}
