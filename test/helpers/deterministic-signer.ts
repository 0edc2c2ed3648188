import { createECDH, createHmac, createPrivateKey } from 'node:crypto'
import { sha256 } from '#crypto'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { concatBytes, encodeUtf8 } from '../../src/core/bytes.ts'
import type { DidUrl } from '../../src/model/did.ts'
import type { Signer } from '../../src/model/signer.ts'
import { createLocalSigner, type PrivateJwk } from '../../src/securing/vc-jose/local-signer.ts'

/*
 * Keys and signatures that are the same in every run, for vectors that are written by a program. Never for anything
 * that is to stay secret.
 */

/** Order of the base point of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3). */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** PKCS #8 of an Ed25519 seed (RFC 8410 §7) up to the seed. */
const PKCS8_ED25519 = '302e020100300506032b657004220420'

/** A signer whose key and signatures depend on `seed` alone. @param keyId Default: the `did:key` of the key. */
export async function deterministicSigner(
  seed: string,
  type: 'Ed25519' | 'P-256' = 'Ed25519',
  keyId?: DidUrl,
): Promise<Signer> {
  const secret = sha256(encodeUtf8(seed))
  if (type === 'Ed25519') return createLocalSigner(ed25519Jwk(secret), keyId)
  const signer = await createLocalSigner(p256Jwk(secret), keyId)
  return { ...signer, sign: async (bytes) => signP256(secret, bytes) }
}

function ed25519Jwk(seed: Uint8Array): PrivateJwk {
  const key = Buffer.from(PKCS8_ED25519 + Buffer.from(seed).toString('hex'), 'hex')
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' }) as PrivateJwk
}

function p256Jwk(secret: Uint8Array): PrivateJwk {
  const point = pointOf(secret)
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map(encodeBase64url)
  return { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '', d: encodeBase64url(secret) }
}

/** `scalar` times the base point, uncompressed. */
function pointOf(scalar: Uint8Array): Uint8Array {
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(scalar)
  return new Uint8Array(curve.getPublicKey())
}

/**
 * ECDSA over P-256 and SHA-256 with the nonce of RFC 6979 §3.2, so that a message has one signature.
 *
 * @returns r‖s.
 */
export function signP256(secret: Uint8Array, message: Uint8Array): Uint8Array {
  const digest = sha256(message)
  const nonce = nonceOf(secret, digest)
  const r = numberOf(pointOf(nonce).subarray(1, 33)) % N
  const s = (inverse(numberOf(nonce)) * (numberOf(digest) + r * numberOf(secret))) % N
  return concatBytes(bytesOf(r), bytesOf(s))
}

/** RFC 6979 §3.2 with HMAC-SHA-256; the first candidate is in range but once in 2^32 times, which would throw. */
function nonceOf(secret: Uint8Array, digest: Uint8Array): Uint8Array {
  const seed = concatBytes(secret, bytesOf(numberOf(digest) % N))
  let key: Uint8Array = new Uint8Array(32)
  let value: Uint8Array = new Uint8Array(32).fill(1)
  for (const step of [0, 1]) {
    key = hmac(key, concatBytes(value, Uint8Array.of(step), seed))
    value = hmac(key, value)
  }
  return hmac(key, value)
}

function hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(bytes).digest())
}

/** Modulo N, by Fermat. */
function inverse(number: bigint): bigint {
  let [result, base] = [1n, number % N]
  for (let exponent = N - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * base) % N
    base = (base * base) % N
  }
  return result
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

function bytesOf(number: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(number.toString(16).padStart(64, '0'), 'hex'))
}

/** Bytes that look random and depend on `seed` alone. */
export function deterministicRandom(seed: string): (length: number) => Uint8Array {
  let block = 0
  let held: Uint8Array = new Uint8Array()
  return (length) => {
    while (held.length < length) held = concatBytes(held, sha256(encodeUtf8(`${seed} ${block++}`)))
    const bytes = held.slice(0, length)
    held = held.slice(length)
    return bytes
  }
}
