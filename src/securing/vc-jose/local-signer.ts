import { exportJWK, generateKeyPair, importJWK } from 'jose'
import { verifySignature } from '#crypto'
import { decodeBase64url } from '../../core/base64url.ts'
import type { KeyType, PublicKey } from '../../core/crypto/port.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'
import { didKeyMethodId, encodeDidKey } from '../../did/did-key.ts'
import { isSigningJwk, parsePublicJwk } from '../../did/jwk.ts'
import { ProcuraError } from '../../errors.ts'
import type { DidUrl } from '../../model/did.ts'
import type { Signer } from '../../model/signer.ts'
import { algorithmOf } from '../key-type.ts'

/** A private key as RFC 7517 writes it; other members (`kid`, `alg`, `use`, `key_ops`, …) may stand beside. */
export type PrivateJwk =
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string; readonly d: string }
  | {
      readonly kty: 'EC'
      readonly crv: 'P-256'
      readonly x: string
      readonly y: string
      readonly d: string
    }

/** Both halves of a key, the private one where the platform keeps it. */
interface KeyHalves {
  readonly privateKey: CryptoKey
  readonly publicKey: PublicKey
}

/** How Web Crypto names what it signs with. */
const PARAMETERS = { Ed25519: { name: 'Ed25519' }, 'P-256': { name: 'ECDSA', hash: 'SHA-256' } } as const

/** Something to sign once, to learn whether the two halves of a key belong together. */
const PROBE = new Uint8Array(32)

/**
 * Makes a signer from a key that this process holds. It works on every runtime that has Web Crypto.
 *
 * @param key A private JWK, or a pair of Web Crypto keys, of which the private one need not be extractable.
 * @param keyId The `kid` of what it signs. Default: the `did:key` of the key.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` for anything but a whole Ed25519 or P-256 signing key.
 */
export async function createLocalSigner(key: PrivateJwk | CryptoKeyPair, keyId?: DidUrl): Promise<Signer> {
  const { privateKey, publicKey } = 'privateKey' in key ? await readPair(key) : await importPrivateJwk(key)
  const signer: Signer = {
    algorithm: algorithmOf(publicKey.type),
    keyId: keyId ?? didKeyMethodId(encodeDidKey(publicKey)),
    publicKey,
    async sign(bytes) {
      const parameters = PARAMETERS[publicKey.type]
      return new Uint8Array(await crypto.subtle.sign(parameters, privateKey, new Uint8Array(bytes)))
    },
  }
  const belongTogether = await verifySignature(publicKey, PROBE, await signer.sign(PROBE))
  if (!belongTogether) throw invalidKey('its private and public parts do not belong together')
  return signer
}

/**
 * Makes a new key pair.
 *
 * @returns The private JWK, with nothing but the members of {@link PrivateJwk}. Keep it secret.
 */
export async function generateKey(type: KeyType): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair(algorithmOf(type), { extractable: true })
  return parsePrivateJwk(await exportJWK(privateKey))
}

/**
 * Reads a private JWK strictly: Ed25519 or P-256, every coordinate of full length and canonical, the point on its
 * curve, and `use`, `key_ops` and `alg`, where they stand, meant for signing.
 *
 * @returns Only the members of {@link PrivateJwk}.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY`; the message never contains the key.
 */
export function parsePrivateJwk(value: unknown): PrivateJwk {
  return readPrivateJwk(value).jwk
}

function readPrivateJwk(value: unknown): { readonly jwk: PrivateJwk; readonly publicKey: PublicKey } {
  const json = value as Json
  if (!isJsonObject(json)) throw invalidKey('a JSON object is wanted')
  assertForSigning(json)
  const { d, ...rest } = json
  const publicKey = parsePublicJwk(rest)
  if (!publicKey.verified) {
    throw invalidKey('kty and crv must be OKP Ed25519 or EC P-256, x and y a valid point')
  }
  if (typeof d !== 'string' || decodeBase64url(d)?.length !== 32) {
    throw invalidKey('d must be 32 bytes in base64url; a public key cannot sign')
  }
  const { kty, crv, x, y } = json
  const jwk = publicKey.value.type === 'Ed25519' ? { kty, crv, x, d } : { kty, crv, x, y, d }
  return { jwk: jwk as PrivateJwk, publicKey: publicKey.value }
}

function assertForSigning(jwk: JsonObject): void {
  const { key_ops: _, ...rest } = jwk
  const operations = member(jwk, 'key_ops') ?? ['sign']
  if (!isSigningJwk(rest) || !isJsonArray(operations) || !operations.includes('sign')) {
    throw invalidKey('its use, key_ops or alg does not allow signing')
  }
}

async function importPrivateJwk(value: PrivateJwk): Promise<KeyHalves> {
  const { jwk, publicKey } = readPrivateJwk(value)
  try {
    const privateKey = await importJWK(jwk, algorithmOf(publicKey.type))
    if (privateKey instanceof CryptoKey) return { privateKey, publicKey }
  } catch (cause) {
    throw invalidKey('the platform cannot import it', { cause })
  }
  throw invalidKey('the platform cannot import it')
}

async function readPair({ privateKey, publicKey }: CryptoKeyPair): Promise<KeyHalves> {
  if (privateKey.type !== 'private' || !privateKey.usages.includes('sign')) {
    throw invalidKey('privateKey must be a private key with the usage "sign"')
  }
  if (publicKey.type !== 'public' || !publicKey.extractable) {
    throw invalidKey('publicKey must be a public key, which is extractable')
  }
  const jwk: object = await exportJWK(publicKey)
  const parsed = parsePublicJwk(jwk as JsonObject)
  if (!parsed.verified) throw invalidKey('publicKey must be Ed25519 or P-256')
  return { privateKey, publicKey: parsed.value }
}

function invalidKey(reason: string, options?: ErrorOptions): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_KEY', `the signing key cannot be used: ${reason}`, options)
}
