import { sha256Base64url } from '#crypto'
import { decodeBase64url } from '../core/base64url.ts'
import { concatBytes } from '../core/bytes.ts'
import type { KeyType, PublicKey } from '../core/crypto/port.ts'
import { encodePublicJwk } from '../core/crypto/public-jwk.ts'
import { publicKeyFromRaw } from '../core/crypto/public-key.ts'
import { isJsonArray, type Json, type JsonObject, member } from '../core/json.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'

/** Members that only a private or a symmetric key has (RFC 7518 §6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/**
 * Reads a public key from a JSON Web Key: OKP Ed25519 or EC P-256. What the key is *for* is another question,
 * see {@link isSigningJwk}. Members that the key type does not define are ignored (RFC 7517 §4).
 *
 * @returns `unsupported` for another key type; `malformed` for a private key, a coordinate that is not canonical
 * base64url of the right length, or a point that is not on the curve.
 */
export function parsePublicJwk(jwk: JsonObject): Verdict<PublicKey> {
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name)))
    return refuse('malformed', { dimension: 'jwk' })
  const type = keyTypeOf(jwk)
  if (type === undefined) return refuse('unsupported', { dimension: 'jwk' })
  const key = type === 'Ed25519' ? readEd25519(jwk) : readP256(jwk)
  return key === undefined ? refuse('malformed', { dimension: 'jwk' }) : accept(key)
}

/** Tells whether the JWK, by its own words, may verify signatures: `use`, `key_ops` and `alg` are absent or say so. */
export function isSigningJwk(jwk: JsonObject): boolean {
  const use = member(jwk, 'use') ?? 'sig'
  const operations = member(jwk, 'key_ops') ?? ['verify']
  const algorithms = member(jwk, 'kty') === 'OKP' ? ['EdDSA', 'Ed25519'] : ['ES256']
  const algorithm = member(jwk, 'alg') ?? algorithms[0]
  return (
    use === 'sig' &&
    isJsonArray(operations) &&
    operations.includes('verify') &&
    algorithms.some((name) => name === algorithm)
  )
}

/** RFC 7638 thumbprint with SHA-256, base64url: the same for every name and form of a key. */
export function thumbprintOf(key: PublicKey): string {
  return sha256Base64url(JSON.stringify(encodePublicJwk(key)))
}

function keyTypeOf(jwk: JsonObject): KeyType | undefined {
  const kty = member(jwk, 'kty')
  const crv = member(jwk, 'crv')
  if (kty === 'OKP' && crv === 'Ed25519') return crv
  return kty === 'EC' && crv === 'P-256' ? crv : undefined
}

function readEd25519(jwk: JsonObject): PublicKey | undefined {
  const x = coordinate(member(jwk, 'x'))
  return x === undefined ? undefined : publicKeyFromRaw('Ed25519', x)
}

function readP256(jwk: JsonObject): PublicKey | undefined {
  const x = coordinate(member(jwk, 'x'))
  const y = coordinate(member(jwk, 'y'))
  if (x === undefined || y === undefined) return undefined
  return publicKeyFromRaw('P-256', concatBytes(Uint8Array.of(4), x, y))
}

/** 32 bytes. RFC 7518 §6.2.1.2 wants the full length, so leading zeros may not be left out. */
function coordinate(value: Json | undefined): Uint8Array | undefined {
  const bytes = typeof value === 'string' && value.length === 43 ? decodeBase64url(value) : undefined
  return bytes
}
