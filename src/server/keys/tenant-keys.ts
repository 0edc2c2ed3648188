import { randomUUID } from 'node:crypto'
import { encodeUtf8 } from '../../core/bytes.ts'
import { type Random, systemRandom } from '../../core/clock.ts'
import { isJsonObject, type Json, member } from '../../core/json.ts'
import { encodeMultikey } from '../../did/multikey.ts'
import type { KeyUse, WrappedKey } from '../../issuer/records.ts'
import type { Did, DidUrl } from '../../model/did.ts'
import type { Signer } from '../../model/signer.ts'
import { createLocalSigner, generateKey } from '../../securing/vc-jose/local-signer.ts'
import { assertSymmetricKey, SYMMETRIC_KEY_BYTES, wrapDataKey, wrapKey } from './envelope.ts'

export interface NewTenantKeysOptions {
  readonly tenant: string
  readonly kek: Uint8Array
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** A `did:web` whose document will list the key as `#key-1`. Default: the `did:key` of the new key. */
  readonly authority?: Did
  /** The same for the status issuer, which must be another DID. */
  readonly statusIssuer?: Did
  readonly random?: Random
}

/** All keys of a new tenant, wrapped, for `Store.createTenant`. */
export interface NewTenantKeys {
  readonly keys: readonly WrappedKey[]
  readonly authority: Did
  readonly statusIssuer: Did
}

/** Makes a data-encryption key and, under it, one signing key for each use: authority, status, audit (spec 01). */
export async function createTenantKeys(options: NewTenantKeysOptions): Promise<NewTenantKeys> {
  const { tenant, kek, createdAt, random = systemRandom } = options
  assertSymmetricKey(kek)
  const dataKey = random(SYMMETRIC_KEY_BYTES)
  const binding = { tenant, id: `dek_${randomUUID()}`, use: 'data-encryption' } as const
  const dataKeyRow = { ...binding, wrapped: wrapDataKey(dataKey, { kek, binding, random }), createdAt }
  const make = (use: KeyUse, did?: Did) =>
    createSigningKey({ tenant, use, dataKey, createdAt, random, ...(did === undefined ? {} : { did }) })
  const authority = await make('authority', options.authority)
  const status = await make('status', options.statusIssuer)
  const audit = await make('audit')
  return {
    keys: [dataKeyRow, authority.key, status.key, audit.key],
    authority: authority.did,
    statusIssuer: status.did,
  }
}

export interface SigningKeyOptions {
  readonly tenant: string
  readonly use: KeyUse
  readonly dataKey: Uint8Array
  readonly createdAt: number
  readonly random: Random
  /** Default: the `did:key` of the new key. */
  readonly did?: Did
  /** How the key is called under `did`: `#key-1`, or as the key itself, so that no other key has the name. */
  readonly fragment?: 'key-1' | 'multikey'
}

export interface SigningKey {
  readonly did: Did
  readonly key: WrappedKey
  readonly signer: Signer
}

/** Makes an Ed25519 key; in plain text it exists only here and in the signer. */
export async function createSigningKey(options: SigningKeyOptions): Promise<SigningKey> {
  const { tenant, use, dataKey, createdAt, random } = options
  const jwk = await generateKey('Ed25519')
  const signer = nameSigner(await createLocalSigner(jwk), options)
  const did = controllerOf(signer.keyId)
  const binding = { tenant, id: signer.keyId, use }
  const plain = encodeUtf8(JSON.stringify(jwk))
  const wrapped = wrapKey(plain, { under: dataKey, binding, random })
  plain.fill(0)
  return { did, key: { ...binding, did, wrapped, createdAt }, signer }
}

function nameSigner(signer: Signer, { did, fragment = 'key-1' }: SigningKeyOptions): Signer {
  if (did === undefined) return signer
  const name = fragment === 'multikey' ? encodeMultikey(signer.publicKey) : fragment
  return { ...signer, keyId: `${did}#${name}` }
}

/** The DID under which a verification method stands. */
function controllerOf(keyId: DidUrl): Did {
  return keyId.slice(0, keyId.indexOf('#')) as Did
}

/** What is kept of a key in a token: where it is, and which one it must be. */
export interface TokenReference {
  readonly uri: string
  /** Multikey. */
  readonly publicKey: string
}

export function isTokenReference(json: Json): json is Json & TokenReference {
  return isJsonObject(json) && typeof member(json, 'uri') === 'string'
}

/** Wraps a reference as a private key is wrapped: nobody can put another key in its place. */
export function wrapReference(
  reference: TokenReference,
  { tenant, use, dataKey, createdAt, random, did }: SigningKeyOptions & { readonly did: Did },
): WrappedKey {
  const binding = { tenant, id: `${did}#${reference.publicKey}`, use }
  const plain = encodeUtf8(JSON.stringify(reference))
  return { ...binding, did, wrapped: wrapKey(plain, { under: dataKey, binding, random }), createdAt }
}
