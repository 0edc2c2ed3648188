import { expect, it } from 'vitest'
import { verifySignature } from '#crypto'
import { encodeUtf8 } from '../../src/core/bytes.ts'
import { deterministicRandom, deterministicSigner, signP256 } from './deterministic-signer.ts'

it('signs as RFC 6979 appendix A.2.5 does with SHA-256', () => {
  const secret = Buffer.from('C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721', 'hex')
  const signature = Buffer.from(signP256(secret, encodeUtf8('sample'))).toString('hex')

  expect(signature).toBe(
    'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  )
})

it.each(['Ed25519', 'P-256'] as const)('signs with %s the same way every time, and well', async (type) => {
  const [one, two] = [await deterministicSigner('a', type), await deterministicSigner('a', type)]
  const bytes = encodeUtf8('what is signed')
  const signature = await one.sign(bytes)

  expect(one.keyId).toBe(two.keyId)
  expect(signature).toEqual(await two.sign(bytes))
  expect(await verifySignature(one.publicKey, bytes, signature)).toBe(true)
  expect((await deterministicSigner('b', type)).keyId).not.toBe(one.keyId)
})

it('has random bytes that repeat with the seed only', () => {
  const [one, two] = [deterministicRandom('a'), deterministicRandom('a')]
  const first = one(16)

  expect(two(16)).toEqual(first)
  expect(one(16)).not.toEqual(first)
  expect(deterministicRandom('b')(16)).not.toEqual(first)
})
