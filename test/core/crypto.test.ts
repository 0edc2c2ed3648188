import { createECDH, createHash, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, encodeUtf8 } from '../../src/core/bytes.ts'
import * as portable from '../../src/core/crypto/default.ts'
import * as node from '../../src/core/crypto/node.ts'
import type { KeyType, PublicKey } from '../../src/core/crypto/port.ts'
import { publicKeyFromRaw } from '../../src/core/crypto/public-key.ts'
import { fromHex } from '../helpers/vectors.ts'

const implementations = [
  { name: 'node', crypto: node },
  { name: 'default', crypto: portable },
]
const message = encodeUtf8('a power of attorney')

interface KeyPair {
  readonly key: PublicKey
  readonly privateKey: KeyObject
}

function makeKeyPair(type: KeyType): KeyPair {
  const { publicKey, privateKey } =
    type === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const point = [x, y].map((text) => new Uint8Array(Buffer.from(text, 'base64url')))
  const raw = type === 'Ed25519' ? concatBytes(...point) : concatBytes(Uint8Array.of(4), ...point)
  return { key: usableKey(type, raw), privateKey }
}

function usableKey(type: KeyType, raw: Uint8Array): PublicKey {
  const key = publicKeyFromRaw(type, raw)
  if (key === undefined) throw new Error('not a key')
  return key
}

function signWith({ key, privateKey }: KeyPair, data: Uint8Array): Uint8Array {
  const signature =
    key.type === 'Ed25519'
      ? signBytes(null, data, privateKey)
      : signBytes('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return new Uint8Array(signature)
}

describe.each(implementations)('sha256 ($name)', ({ crypto }) => {
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ])('gives the FIPS 180-4 digest of %j', (text, hex) => {
    expect(crypto.sha256(encodeUtf8(text))).toEqual(fromHex(hex))
  })

  it('writes the digest of a text in base64url', () => {
    expect(crypto.sha256Base64url('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
    expect(crypto.sha256Base64url('é😀')).toBe(createHash('sha256').update('é😀', 'utf8').digest('base64url'))
  })

  it('gives plain bytes that own their buffer', () => {
    const digest = crypto.sha256(message)

    expect(digest.constructor).toBe(Uint8Array)
    expect(digest.buffer.byteLength).toBe(32)
  })

  it('reads a view, not the buffer under it', () => {
    expect(crypto.sha256(message.subarray(3, 9))).toEqual(crypto.sha256(message.slice(3, 9)))
  })

  it('agrees with a streaming hash on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(crypto.sha256(bytes)).toEqual(new Uint8Array(createHash('sha256').update(bytes).digest()))
      }),
    )
  })
})

describe.each(implementations)('verifySignature ($name)', ({ crypto }) => {
  describe.each<KeyType>(['Ed25519', 'P-256'])('%s', (type) => {
    const pair = makeKeyPair(type)
    const signature = signWith(pair, message)

    it('accepts a signature of the key over the data', async () => {
      expect(await crypto.verifySignature(pair.key, message, signature)).toBe(true)
    })

    it('accepts it again with the imported key that it kept', async () => {
      await crypto.verifySignature(pair.key, message, signature)

      expect(await crypto.verifySignature(pair.key, message, signature)).toBe(true)
      expect(await crypto.verifySignature(pair.key, encodeUtf8('other'), signature)).toBe(false)
    })

    it('accepts views and shared memory', async () => {
      const shared = new Uint8Array(new SharedArrayBuffer(message.length))
      shared.set(message)
      const view = concatBytes(Uint8Array.of(1), signature, Uint8Array.of(2)).subarray(1, -1)

      expect(await crypto.verifySignature(pair.key, shared, view)).toBe(true)
    })

    it.each([
      ['of another key', signWith(makeKeyPair(type), message)],
      ['over other data', signWith(pair, encodeUtf8('another'))],
      ['of zeros', new Uint8Array(64)],
      ['of 0xff', new Uint8Array(64).fill(0xff)],
      ['of no bytes', new Uint8Array()],
      ['that is cut', signature.subarray(0, 63)],
      ['with a byte after it', concatBytes(signature, new Uint8Array(1))],
    ])('refuses a signature %s [SM-13]', async (_name, bad) => {
      expect(await crypto.verifySignature(pair.key, message, bad)).toBe(false)
    })

    it('refuses every signature with one bit changed', async () => {
      for (let bit = 0; bit < 512; bit += 7) {
        const bad = signature.with(bit >> 3, (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7)))

        expect(await crypto.verifySignature(pair.key, message, bad), `bit ${bit}`).toBe(false)
      }
    })

    it.each([
      ['no bytes', new Uint8Array()],
      ['too few bytes', new Uint8Array(31).fill(1)],
      ['zeros', new Uint8Array(65)],
    ])('refuses under a key of %s, and throws nothing', async (_name, raw) => {
      expect(await crypto.verifySignature({ type, raw }, message, signature)).toBe(false)
    })
  })

  it('refuses DER where r‖s is expected [SM-13]', async () => {
    const pair = makeKeyPair('P-256')
    const der = new Uint8Array(signBytes('sha256', message, pair.privateKey))

    expect(await crypto.verifySignature(pair.key, message, der)).toBe(false)
    expect(await crypto.verifySignature(pair.key, message, der.subarray(0, 64))).toBe(false)
  })

  it('refuses a P-256 point that is not on the curve', async () => {
    const { key, privateKey } = makeKeyPair('P-256')
    const raw = key.raw.with(64, (key.raw[64] ?? 0) ^ 1)

    expect(
      await crypto.verifySignature({ type: 'P-256', raw }, message, signWith({ key, privateKey }, message)),
    ).toBe(false)
  })
})

it('leaves the stack traces of others as they were after it imported a key, good or bad (node)', () => {
  const pair = makeKeyPair('Ed25519')
  const before = Error.stackTraceLimit

  expect(node.verifySignature(pair.key, message, signWith(pair, message))).toBe(true)
  expect(Error.stackTraceLimit).toBe(before)
  expect(node.verifySignature({ type: 'P-256', raw: new Uint8Array(65) }, message, new Uint8Array(64))).toBe(
    false,
  )
  expect(Error.stackTraceLimit).toBe(before)
})

describe('publicKeyFromRaw', () => {
  const point = new Uint8Array(createECDH('prime256v1').generateKeys())
  const y = (low: string, high: string) => fromHex(`${low}${'ff'.repeat(30)}${high}`)

  it('makes keys of 32 and 65 bytes', () => {
    expect(publicKeyFromRaw('Ed25519', new Uint8Array(32).fill(2))?.type).toBe('Ed25519')
    expect(publicKeyFromRaw('P-256', point)).toEqual({ type: 'P-256', raw: point })
  })

  it.each<[string, KeyType, Uint8Array]>([
    ['31 bytes for Ed25519', 'Ed25519', new Uint8Array(31).fill(2)],
    ['33 bytes for Ed25519', 'Ed25519', new Uint8Array(33).fill(2)],
    ['a compressed P-256 point', 'P-256', point.subarray(0, 33)],
    ['66 bytes for P-256', 'P-256', concatBytes(point, new Uint8Array(1))],
    ['a hybrid P-256 point', 'P-256', point.with(0, 6)],
    ['a P-256 point off the curve', 'P-256', point.with(40, (point[40] ?? 0) ^ 1)],
    ['the P-256 point of zeros', 'P-256', new Uint8Array(65).with(0, 4)],
  ])('refuses %s', (_name, type, raw) => {
    expect(publicKeyFromRaw(type, raw)).toBeUndefined()
  })

  it.each([
    ['order 1', fromHex(`01${'00'.repeat(31)}`)],
    ['order 1 with the sign bit', fromHex(`01${'00'.repeat(30)}80`)],
    ['order 2', y('ec', '7f')],
    ['order 2 with the sign bit', y('ec', 'ff')],
    ['order 4', new Uint8Array(32)],
    ['order 4 with the sign bit', new Uint8Array(32).with(31, 0x80)],
    ['order 8', fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')],
    [
      'order 8 with the sign bit',
      fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'),
    ],
    ['order 8, negated', fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')],
    [
      'order 8, negated, with the sign bit',
      fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'),
    ],
  ])('refuses the Ed25519 point of %s, under which a signature fits many messages', (_name, raw) => {
    expect(publicKeyFromRaw('Ed25519', raw)).toBeUndefined()
  })

  it.each([
    { y: '1 + 2³²', raw: new Uint8Array(32).with(0, 1).with(4, 1), usable: true },
    { y: 'p − 1 − 2³²', raw: y('ec', '7f').with(4, 0xfe), usable: true },
    { y: 'p − 2', raw: y('eb', '7f'), usable: true },
    { y: 'p', raw: y('ed', '7f'), usable: false },
    { y: 'p + 3', raw: y('f0', '7f'), usable: false },
    { y: 'p + 3 with the sign bit', raw: y('f0', 'ff'), usable: false },
    { y: '2²⁵⁵ − 1', raw: y('ff', '7f'), usable: false },
    { y: 'p + 3 − 2²⁴⁷', raw: y('f0', '7f').with(30, 0x7f), usable: true },
    { y: 'p + 3 − 2²⁵⁴', raw: y('f0', '3f'), usable: true },
  ])('takes an Ed25519 key with y = $y: $usable, so that a key has one encoding', ({ raw, usable }) => {
    expect(publicKeyFromRaw('Ed25519', raw) !== undefined).toBe(usable)
  })
})
