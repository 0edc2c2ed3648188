import { hash } from 'node:crypto'
import { StatusList as ForeignList } from '@sd-jwt/jwt-status-list'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deflateZlib } from '#gzip'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { MAX_ENCODED_LIST_CHARS, MAX_INFLATED_LIST_BYTES, readBit } from '../../src/status/bitstring.ts'
import { encodeTokenStatuses } from '../../src/status/sign-token-status-list.ts'
import {
  decodeTokenStatuses,
  isTokenStatusBits,
  mirrorStatusPair,
  readTokenStatus,
  TOKEN_STATUS_BITS,
  TOKEN_STATUS_INVALID,
  TOKEN_STATUS_SUSPENDED,
  TOKEN_STATUS_VALID,
  type TokenStatuses,
} from '../../src/status/token-status-list.ts'
import { bitsWith, reasonOf, unwrap } from './fixtures.ts'

/** Statuses of a number of bits, as many as fill whole bytes. */
const statuses = fc
  .constantFrom(...TOKEN_STATUS_BITS)
  .chain((bits) => fc.uint8Array({ maxLength: 64 }).map((bytes): TokenStatuses => ({ bits, bytes })))

/** Bytes that do not get shorter when they are compressed, the same in each run. */
function incompressible(length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 64) }, (_, i) => hash('sha512', `${i}`, 'buffer'))
  return new Uint8Array(Buffer.concat(blocks)).subarray(0, length)
}

function valuesOf(list: TokenStatuses): number[] {
  const count = (list.bytes.length * 8) / list.bits
  return Array.from({ length: count }, (_, index) => readTokenStatus(list, index) ?? -1)
}

describe('readTokenStatus', () => {
  it.each([
    { bits: 1, at: 0, status: 1 },
    { bits: 1, at: 1, status: 0 },
    { bits: 1, at: 7, status: 1 },
    { bits: 1, at: 8, status: 1 },
    { bits: 1, at: 15, status: 0 },
    { bits: 2, at: 0, status: 1 },
    { bits: 2, at: 3, status: 3 },
    { bits: 2, at: 7, status: 0 },
    { bits: 4, at: 0, status: 1 },
    { bits: 4, at: 1, status: 12 },
    { bits: 8, at: 0, status: 0b1100_0001 },
    { bits: 8, at: 1, status: 0b0000_0001 },
  ] as const)(
    'reads the status $at of 11000001 00000001 in $bits bits as $status, from the lowest bit on [SL-18, SL-19]',
    ({ bits, at, status }) => {
      expect(readTokenStatus({ bits, bytes: Uint8Array.of(0b1100_0001, 0b0000_0001) }, at)).toBe(status)
    },
  )

  it.each([
    ['the end', 8],
    ['a position beyond', 1e15],
    ['a negative position', -1],
    ['half a position', 0.5],
    ['no number', Number.NaN],
  ])(
    'answers undefined for %s of a list of eight, so that no caller reads it as valid [SL-18]',
    (_, index) => {
      const list = { bits: 2, bytes: Uint8Array.of(0xff, 0xff) } as const

      expect(readTokenStatus(list, index)).toBeUndefined()
      expect(readTokenStatus(list, 7)).toBe(3)
    },
  )

  it('reads what another implementation wrote, and is read by it [SL-19]', async () => {
    await fc.assert(
      fc.asyncProperty(statuses, async (list) => {
        const values = valuesOf(list)
        const theirs = new ForeignList(values, list.bits).compressStatusList()

        expect(unwrap(await decodeTokenStatuses(theirs, list.bits))).toEqual(list)
        const ours = ForeignList.decompressStatusList(await encodeTokenStatuses(list), list.bits)
        expect(ours.statusList).toEqual(values)
      }),
      { numRuns: 50 },
    )
  })
})

describe('mirrorStatusPair', () => {
  it('has 1 for a revoked entry, else 2 for a suspended one, else 0', () => {
    const mirror = mirrorStatusPair(bitsWith(3, 9113), bitsWith(3, 4))

    expect([2, 3, 4, 5, 9113].map((index) => readTokenStatus(mirror, index))).toEqual([
      TOKEN_STATUS_VALID,
      TOKEN_STATUS_INVALID,
      TOKEN_STATUS_SUSPENDED,
      TOKEN_STATUS_VALID,
      TOKEN_STATUS_INVALID,
    ])
  })

  it('says of every entry what the pair says, whatever the bits [SL-19]', () => {
    const pair = fc
      .nat(40)
      .chain((length) =>
        fc.tuple(
          fc.uint8Array({ minLength: length, maxLength: length }),
          fc.uint8Array({ minLength: length, maxLength: length }),
        ),
      )
    fc.assert(
      fc.property(pair, ([revocation, suspension]) => {
        const expected = Array.from({ length: revocation.length * 8 }, (_, i) =>
          readBit(revocation, i) ? 1 : readBit(suspension, i) ? 2 : 0,
        )

        expect(valuesOf(mirrorStatusPair(revocation, suspension))).toEqual(expected)
      }),
    )
  })

  it('is as long as the pair', () => {
    const mirror = mirrorStatusPair(bitsWith(), bitsWith())

    expect(readTokenStatus(mirror, 131_071)).toBe(0)
    expect(readTokenStatus(mirror, 131_072)).toBeUndefined()
  })

  it('refuses two lists that are no pair', () => {
    expect(() => mirrorStatusPair(new Uint8Array(2), new Uint8Array(3))).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
  })
})

describe('isTokenStatusBits', () => {
  it.each([1, 2, 4, 8])('accepts %s', (bits) => {
    expect(isTokenStatusBits(bits)).toBe(true)
  })

  it.each([0, 3, 16, -1, 1.5, '1', null, undefined])('refuses %s', (bits) => {
    expect(isTokenStatusBits(bits)).toBe(false)
  })
})

describe('decodeTokenStatuses', () => {
  it('refuses what is not base64url of a zlib stream', async () => {
    const lst = await encodeTokenStatuses({ bits: 1, bytes: Uint8Array.of(0xb9, 0xa3) })

    expect(reasonOf(await decodeTokenStatuses(lst, 1))).toBe('accepted')
    for (const wrong of ['', `${lst}=`, `u${lst}`, lst.slice(0, -2), 'AAAA']) {
      expect(reasonOf(await decodeTokenStatuses(wrong, 1))).toBe('status_invalid lst')
    }
  })

  it('refuses a text that is too long unread', async () => {
    const limit = (MAX_ENCODED_LIST_CHARS * 3) / 4
    const noise = incompressible(limit)
    const deflated = (length: number) => deflateZlib(noise.subarray(0, length))
    const overhead = (await deflated(limit - 1000)).length - (limit - 1000)
    const longest = encodeBase64url(await deflated(limit - overhead))
    const tooLong = encodeBase64url(await deflated(limit - overhead + 1))

    expect([longest.length, tooLong.length]).toEqual([MAX_ENCODED_LIST_CHARS, MAX_ENCODED_LIST_CHARS + 2])
    expect(reasonOf(await decodeTokenStatuses(longest, 1))).toBe('accepted')
    expect(reasonOf(await decodeTokenStatuses(tooLong, 1))).toBe('status_invalid lst')
  })

  it('inflates 4 MiB and not a byte more [SL-04]', async () => {
    const lst = async (length: number) => encodeBase64url(await deflateZlib(new Uint8Array(length)))

    expect(reasonOf(await decodeTokenStatuses(await lst(MAX_INFLATED_LIST_BYTES), 8))).toBe('accepted')
    expect(reasonOf(await decodeTokenStatuses(await lst(MAX_INFLATED_LIST_BYTES + 1), 8))).toBe(
      'status_invalid lst',
    )
  })

  it('is never asked for what cannot be read again', async () => {
    const bytes = new Uint8Array(MAX_INFLATED_LIST_BYTES + 1)

    expect(await encodeTokenStatuses({ bits: 8, bytes: bytes.subarray(1) })).not.toBe('')
    await expect(encodeTokenStatuses({ bits: 8, bytes })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })
})
