import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { Bitstring } from '@digitalbazaar/bitstring'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import {
  bitsDigest,
  createBits,
  decodeBitstring,
  MAX_ENCODED_LIST_CHARS,
  MAX_INFLATED_LIST_BYTES,
  readBit,
  STATUS_LIST_ENTRIES,
  writeBit,
} from '../../src/status/bitstring.ts'
import { encodeBitstring } from '../../src/status/encode-bitstring.ts'
import { bitsWith, reasonOf, unwrap } from './fixtures.ts'

const index = fc.nat(STATUS_LIST_ENTRIES - 1)
const indexes = fc.uniqueArray(index, { maxLength: 64 })

function encodeRaw(bytes: Uint8Array): string {
  return `u${encodeBase64url(gzipSync(bytes))}`
}

/** Compared as text, which is quick for 16 KiB. */
function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** The last eight bytes of gzip are CRC-32 and length. */
function withWrongChecksum(gzipped: Uint8Array): Uint8Array {
  return gzipped.fill(1, gzipped.length - 8, gzipped.length - 4)
}

describe('readBit', () => {
  it.each([
    { at: 0, set: true },
    { at: 1, set: false },
    { at: 7, set: true },
    { at: 8, set: false },
    { at: 15, set: true },
  ])('reads entry $at of 10000001 00000001 as $set [SL-18, SL-19]', ({ at, set }) => {
    expect(readBit(Uint8Array.of(0b1000_0001, 0b0000_0001), at)).toBe(set)
  })

  it.each([16, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, 2 ** 53])(
    'answers undefined for %s in a list of 16 entries, so that no caller reads it as not revoked [SL-18]',
    (at) => {
      expect(readBit(new Uint8Array(2), at)).toBeUndefined()
    },
  )

  it('reads exactly the entries that were written, at any index', () => {
    fc.assert(
      fc.property(indexes, index, (written, read) => {
        expect(readBit(bitsWith(...written), read)).toBe(written.includes(read))
      }),
    )
  })
})

describe('writeBit', () => {
  it('clears one entry and leaves its neighbours', () => {
    const bits = Uint8Array.of(0xff)

    writeBit(bits, 3, false)

    expect(bits).toEqual(Uint8Array.of(0b1110_1111))
  })

  it.each([16, -1, 1.5])('throws for %s in a list of 16 entries', (at) => {
    expect(() => writeBit(new Uint8Array(2), at, true)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
  })
})

describe('encodedList', () => {
  it('decodes to the bits that were encoded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(256), indexes, async (extraBytes, set) => {
        const bits = new Uint8Array(STATUS_LIST_ENTRIES / 8 + extraBytes)
        for (const at of set) writeBit(bits, at, true)

        expect(hex(unwrap(await decodeBitstring(await encodeBitstring(bits))))).toBe(hex(bits))
      }),
      { numRuns: 25 },
    )
  })

  it('is read by a third-party implementation as it was written [L6]', async () => {
    await fc.assert(
      fc.asyncProperty(indexes, async (set) => {
        const encoded = (await encodeBitstring(bitsWith(...set))).slice(1)
        const buffer = await Bitstring.decodeBits({ encoded })
        const oracle = new Bitstring({ buffer: new Uint8Array(buffer) })

        expect(set.map((at) => oracle.get(at))).toEqual(set.map(() => true))
        expect(hex(oracle.bits)).toBe(hex(bitsWith(...set)))
      }),
      { numRuns: 25 },
    )
  })

  it('of a third-party implementation is read as it was written [L6]', async () => {
    await fc.assert(
      fc.asyncProperty(indexes, async (set) => {
        const oracle = new Bitstring({ length: STATUS_LIST_ENTRIES })
        for (const at of set) oracle.set(at, true)
        const encoded = `u${await oracle.encodeBits()}`

        expect(hex(unwrap(await decodeBitstring(encoded)))).toBe(hex(bitsWith(...set)))
      }),
      { numRuns: 25 },
    )
  })

  it('decodes into a buffer of its own, never a view into a pool', async () => {
    const bits = unwrap(await decodeBitstring(await encodeBitstring(createBits())))

    expect([bits.constructor, bits.byteOffset, bits.buffer.byteLength]).toEqual([Uint8Array, 0, 16_384])
  })

  it('may start with u alone [SL-21]', async () => {
    const good = await encodeBitstring(createBits())
    const text = good.slice(1)
    const bad = [text, `z${text}`, `m${text}`, `U${text}`, `uu${text}`, '', 'u']

    expect(reasonOf(await decodeBitstring(good))).toBe('accepted')
    for (const encoded of bad) {
      expect(reasonOf(await decodeBitstring(encoded))).toBe('status_invalid encodedList')
    }
  })

  it('is canonical base64url: no padding, other alphabet or white space [SL-21]', async () => {
    const bits = Uint8Array.from({ length: 16_384 }, (_, i) => (i * 7919) >> 3)
    const good = await encodeBitstring(bits)
    const text = good.slice(1)
    const bad = [`${text}=`, `${text}==`, text.replace(/[-_]/, '+'), ` ${text}`, `${text}\n`]

    expect(text).toMatch(/[-_]/)
    expect(reasonOf(await decodeBitstring(good))).toBe('accepted')
    for (const encoded of bad) {
      expect(reasonOf(await decodeBitstring(`u${encoded}`))).toBe('status_invalid encodedList')
    }
  })

  it.each([
    { name: 'zlib instead of gzip', bytes: Uint8Array.of(0x78, 0x9c, 0x03, 0x00, 0, 0, 0, 1) },
    { name: 'gzip that is cut short', bytes: gzipSync(new Uint8Array(16_384)).subarray(0, -9) },
    { name: 'gzip with a wrong checksum', bytes: withWrongChecksum(gzipSync(new Uint8Array(16_384))) },
    { name: 'nothing', bytes: new Uint8Array() },
  ])('is refused when it is $name', async ({ bytes }) => {
    expect(reasonOf(await decodeBitstring(`u${encodeBase64url(bytes)}`))).toBe('status_invalid encodedList')
  })

  it('encodes 4 MiB, and not a byte more than a reader inflates', async () => {
    const bits = new Uint8Array(MAX_INFLATED_LIST_BYTES + 1)

    expect(await encodeBitstring(bits.subarray(1))).toMatch(/^uH4sI/)
    await expect(encodeBitstring(bits)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
  })

  it('has at least 131,072 entries', async () => {
    expect(reasonOf(await decodeBitstring(encodeRaw(new Uint8Array(16_384))))).toBe('accepted')
    expect(reasonOf(await decodeBitstring(encodeRaw(new Uint8Array(16_383))))).toBe(
      'status_invalid encodedList',
    )
    await expect(encodeBitstring(new Uint8Array(16_383))).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('inflates to 4 MiB and not to a byte more, however small the bomb [SL-04]', async () => {
    const limit = encodeRaw(new Uint8Array(MAX_INFLATED_LIST_BYTES))
    const bomb = encodeRaw(new Uint8Array(64 * 1024 * 1024))
    const over = encodeRaw(new Uint8Array(MAX_INFLATED_LIST_BYTES + 1))
    const before = process.memoryUsage().arrayBuffers

    expect(reasonOf(await decodeBitstring(limit))).toBe('accepted')
    expect(reasonOf(await decodeBitstring(over))).toBe('status_invalid encodedList')
    expect(reasonOf(await decodeBitstring(bomb))).toBe('status_invalid encodedList')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
  })

  it('is at most as long as its limit, before anything is decoded [SL-04]', async () => {
    const longest = Math.floor((MAX_ENCODED_LIST_CHARS * 3) / 4) - 1
    const noise = randomBytes(longest)
    const overhead = gzipSync(noise.subarray(0, longest - 1_000)).length - (longest - 1_000)
    const fits = encodeRaw(noise.subarray(0, longest - overhead))
    const tooLong = encodeRaw(noise.subarray(0, longest - overhead + 1))

    expect([fits.length, tooLong.length]).toEqual([MAX_ENCODED_LIST_CHARS, MAX_ENCODED_LIST_CHARS + 1])
    expect(reasonOf(await decodeBitstring(fits))).toBe('accepted')
    expect(reasonOf(await decodeBitstring(tooLong))).toBe('status_invalid encodedList')
  })
})

describe('bitsDigest', () => {
  it('is SHA-256 of the uncompressed bits as base64url', () => {
    expect(bitsDigest(createBits())).toBe('T-e1mvbeO2ZbZ3iMwvmYkquCfvrjpGc0Kzu047yOW_4')
  })

  it('differs as soon as one bit does', () => {
    expect(bitsDigest(bitsWith(1))).not.toBe(bitsDigest(bitsWith(2)))
  })
})
