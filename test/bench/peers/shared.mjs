import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { decodeMultikey } from '../../../src/did/multikey.ts'

/** Raw signature that stands for the proof of a request where a library has none of its own. */
const REQUEST = Buffer.alloc(600, 'r')

/** A key that signs requests, and one such signature. */
export function makeProof() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { x } = publicKey.export({ format: 'jwk' })
  return { x, signature: sign(null, REQUEST, privateKey) }
}

/** Checks it, as everybody has to who uses a key for the first time. */
export function isProven({ x, signature }) {
  return verify(null, REQUEST, keyOf(x), signature)
}

/** @param x The raw key in base64url. */
export function keyOf(x) {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/** The raw Ed25519 key of a `did:key`, or of a DID URL under it, in base64url. */
export function rawKeyOf(did) {
  const key = decodeMultikey(did.split('#', 1)[0].slice('did:key:'.length))
  if (!key.verified) throw new TypeError('this is no did:key of ours')
  return Buffer.from(key.value.raw).toString('base64url')
}

/** Looks an entry up in decoded lists: all entries of the credential, by hand. */
export function isInForce({ credentialStatus }, lists) {
  return credentialStatus.every(({ statusListCredential, statusListIndex }) => {
    const index = Number(statusListIndex)
    const byte = lists.get(statusListCredential)?.[index >> 3]
    return byte !== undefined && (byte & (0x80 >> (index & 7))) === 0
  })
}

/** The trials of a library that takes our documents. Without `revoked` for one that does not look at status. */
export function trialsOf({ trial, forged, revoked }, looksAtStatus) {
  const trials = [
    { what: 'good', item: trial },
    { what: 'forged', item: forged },
  ]
  return looksAtStatus ? [...trials, { what: 'revoked', item: revoked }] : trials
}
