const BLOCK_BYTES = 64

/** After the message: one bit, and its length in bits as a number of eight bytes (FIPS 180-4 §5.1.1). */
const LEAST_PADDING_BYTES = 9

const PRIMES = firstPrimes(64)

/** FIPS 180-4 §5.3.3 and §4.2.2. */
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => fractionOf(Math.sqrt(prime)))
const ROUND = Int32Array.from(PRIMES, (prime) => fractionOf(Math.cbrt(prime)))

/**
 * SHA-256 (FIPS 180-4 §6.2), for runtimes whose own one is only to be had by waiting. Hides nothing by its timing:
 * what is hashed here is public.
 *
 * @returns 32 bytes.
 */
export function sha256(bytes: Uint8Array): Uint8Array {
  const message = padded(bytes)
  const state = INITIAL.slice()
  const schedule = new Int32Array(ROUND.length)
  for (let at = 0; at < message.byteLength; at += BLOCK_BYTES) {
    expand(schedule, message, at)
    compress(state, schedule)
  }
  const digest = new DataView(new ArrayBuffer(32))
  state.forEach((word, i) => {
    digest.setInt32(i * 4, word)
  })
  return new Uint8Array(digest.buffer)
}

function padded(bytes: Uint8Array): DataView {
  const blocks = Math.ceil((bytes.length + LEAST_PADDING_BYTES) / BLOCK_BYTES)
  const message = new Uint8Array(blocks * BLOCK_BYTES)
  message.set(bytes)
  message[bytes.length] = 0x80
  const view = new DataView(message.buffer)
  view.setBigUint64(message.length - 8, BigInt(bytes.length) * 8n)
  return view
}

function expand(schedule: Int32Array, message: DataView, at: number): void {
  for (let i = 0; i < 16; i++) schedule[i] = message.getInt32(at + i * 4)
  for (let i = 16; i < schedule.length; i++) {
    const early = word(schedule, i - 15)
    const late = word(schedule, i - 2)
    const mixed =
      (rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3)) +
      (rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10))
    schedule[i] = (mixed + word(schedule, i - 16) + word(schedule, i - 7)) | 0
  }
}

function compress(state: Int32Array, schedule: Int32Array): void {
  let a = word(state, 0)
  let b = word(state, 1)
  let c = word(state, 2)
  let d = word(state, 3)
  let e = word(state, 4)
  let f = word(state, 5)
  let g = word(state, 6)
  let h = word(state, 7)
  for (let i = 0; i < ROUND.length; i++) {
    const mixed = (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & f) ^ (~e & g))
    const first = (h + mixed + word(ROUND, i) + word(schedule, i)) | 0
    const second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  state.set([a, b, c, d, e, f, g, h].map((sum, i) => sum + word(state, i)))
}

function rotated(value: number, by: number): number {
  return (value >>> by) | (value << (32 - by))
}

function word(words: Int32Array, at: number): number {
  return words[at] ?? 0
}

/** The first 32 bits behind the point. Roots of so small numbers have 18 bits to spare for what an engine rounds. */
function fractionOf(root: number): number {
  return ((root % 1) * 2 ** 32) | 0
}

function firstPrimes(count: number): readonly number[] {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  return primes
}
