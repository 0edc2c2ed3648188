import { decodeUtf8 } from '../../core/bytes.ts'
import { type Clock, type Random, systemClock, systemRandom } from '../../core/clock.ts'
import { parseStrictJson } from '../../core/json.ts'
import { LruMap } from '../../core/lru-map.ts'
import { decodeMultikey, encodeMultikey } from '../../did/multikey.ts'
import { ProcuraError } from '../../errors.ts'
import type {
  KeyRing,
  ListedKey,
  RotatableUse,
  SetJwk,
  SetSigner,
  StoredKey,
} from '../../issuer/key-store.ts'
import type { Store } from '../../issuer/ports.ts'
import type { Id, KeyUse, Tenant, WrappedKey } from '../../issuer/records.ts'
import type { Did, DidUrl } from '../../model/did.ts'
import type { Signer } from '../../model/signer.ts'
import { createLocalSigner, parsePrivateJwk } from '../../securing/vc-jose/local-signer.ts'
import { assertSymmetricKey, deriveIndexSecret, type KeyEncryptionKeys, unwrapKey } from './envelope.ts'
import { invalidKeys, rejectMissingKey } from './invalid-keys.ts'
import { openTenantDataKey } from './open-tenant-data-key.ts'
import type { TokenKey } from './pkcs11/open-token.ts'
import { saveFirstKey } from './save-first-key.ts'
import { SetKeys } from './set-keys.ts'
import { createSigningKey, isTokenReference, type TokenReference, wrapReference } from './tenant-keys.ts'
import { type HeldSigner, tokenSigner } from './token-signer.ts'

/** Signing keys held in plain text at once; the least recently used are forgotten. */
const MAX_OPEN_KEYS = 1_000

export interface KeyRingOptions extends KeyEncryptionKeys {
  readonly store: Pick<Store, 'tenants' | 'tenant' | 'keys' | 'saveKey' | 'unlock'>
  readonly clock?: Clock
  readonly random?: Random
  /** Opens a key in a token by its URI. Default: there are none. */
  readonly openTokenKey?: (uri: string) => Promise<TokenKey>
}

/**
 * Opens the keys of every tenant and unlocks the store for issuing. Makes no key for a tenant that exists: data whose
 * keys are gone or do not fit are refused, because new keys would silently disown everything issued before.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` when the key-encryption key is not the one that the data were
 * closed with, or keys are missing or changed. The message says what to restore.
 */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  assertSymmetricKey(options.kek)
  const ring = new StoredKeyRing(options)
  for (const tenant of await options.store.tenants()) await ring.open(tenant)
  return ring
}

class StoredKeyRing implements KeyRing {
  readonly #store: KeyRingOptions['store']
  readonly #keks: KeyEncryptionKeys
  readonly #clock: Clock
  readonly #random: Random
  /** Data-encryption keys by tenant. */
  readonly #dataKeys = new Map<string, Uint8Array>()
  readonly #signers = new LruMap<string, HeldSigner>({
    maxWeight: MAX_OPEN_KEYS,
    onDelete: (signer) => signer.close?.(),
  })
  readonly #setKeys: SetKeys
  readonly #openTokenKey: (uri: string) => Promise<TokenKey>

  constructor(options: KeyRingOptions) {
    const { store, clock = systemClock, random = systemRandom, openTokenKey = noToken, ...keks } = options
    this.#openTokenKey = openTokenKey
    this.#store = store
    this.#keks = keks
    this.#clock = clock
    this.#random = random
    this.#setKeys = new SetKeys({ store, clock, random, dataKeyOf: (tenant) => this.#dataKeyOf(tenant) })
  }

  /** Opens every key of the tenant once, so that a wrong one is found at the start and not when it is needed. */
  async open(tenant: Tenant): Promise<void> {
    const dataKey = openTenantDataKey(await this.#activeKey(tenant.id, 'data-encryption'), this.#keks)
    this.#dataKeys.set(tenant.id, dataKey)
    for (const [use, did] of [
      ['authority', tenant.authority] as const,
      ['status', tenant.statusIssuer] as const,
    ]) {
      const listed = (await this.#store.keys(tenant.id, use)).filter(isListed)
      if (listed.some((key) => key.did !== did)) {
        throw invalidKeys(tenant.id, `the ${use} key belongs to another identifier`)
      }
      for (const key of listed) await this.#signerOf(key)
      await this.#activeKey(tenant.id, use)
    }
    await this.audit(tenant.id)
    await this.list(tenant.id, 'webhook')
    await this.#setKeys.list(tenant.id)
    await this.#store.unlock(tenant.id, deriveIndexSecret(dataKey))
  }

  authority(tenant: string): Promise<Signer> {
    return this.#activeSigner(tenant, 'authority')
  }

  status(tenant: string): Promise<Signer> {
    return this.#activeSigner(tenant, 'status')
  }

  audit(tenant: string): Promise<Signer> {
    return this.#activeSigner(tenant, 'audit')
  }

  async webhook(tenant: string): Promise<Signer> {
    const held = await this.#store.keys(tenant, 'webhook')
    if (!held.some(({ state }) => state === 'active'))
      await saveFirstKey(this.#store, await this.createSuccessor(tenant, 'webhook'))
    return this.#activeSigner(tenant, 'webhook')
  }

  securityEvents(tenant: string): Promise<SetSigner> {
    return this.#setKeys.active(tenant)
  }

  securityEventKeys(tenant: string): Promise<readonly SetJwk[]> {
    return this.#setKeys.list(tenant)
  }

  sealStreamSecret(tenant: string, streamId: Id, secret: string): Promise<string> {
    return this.#setKeys.seal({ tenant, id: streamId }, secret)
  }

  openStreamSecret(tenant: string, streamId: Id, sealed: string): Promise<string> {
    return this.#setKeys.open({ tenant, id: streamId }, sealed)
  }

  /** Asks the store each time: a key that was destroyed is not used again, though it may still be in memory. */
  async owner(tenant: string, owner: Did): Promise<Signer> {
    const key = (await this.#store.keys(tenant, 'owner', owner)).find(({ state }) => state === 'active')
    if (key !== undefined) return this.#signerOf(key)
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_KEY',
      'the key of this owner was destroyed, or is not kept here',
    )
  }

  async createOwnerKey(tenant: string): Promise<Did> {
    const dataKey = await this.#dataKeyOf(tenant)
    const createdAt = this.#clock()
    const made = await createSigningKey({ tenant, use: 'owner', dataKey, createdAt, random: this.#random })
    await this.#store.saveKey(made.key)
    this.#signers.set(cacheKey(made.key), made.signer)
    return made.did
  }

  async list(tenant: string, use: RotatableUse): Promise<readonly ListedKey[]> {
    const keys = await this.#store.keys(tenant, use)
    return Promise.all(
      keys.map(async ({ wrapped, ...key }) => {
        if (!isListed(key) || use === 'security-event') return key
        return { ...key, publicKey: (await this.#signerOf({ ...key, wrapped })).publicKey }
      }),
    )
  }

  /** The fragment is the key itself: no other key ever has this name, whatever is restored from a backup. */
  async createSuccessor(tenant: string, use: RotatableUse, uri?: string): Promise<WrappedKey> {
    if (use === 'security-event') return await this.#setKeys.create(tenant)
    const dataKey = await this.#dataKeyOf(tenant)
    const wanted = { tenant, use, dataKey, createdAt: this.#clock(), random: this.#random }
    if (use === 'audit' || use === 'webhook') return (await createSigningKey(wanted)).key
    const { did } = await this.#activeKey(tenant, use)
    if (uri !== undefined && did !== undefined) {
      const token = await this.#openTokenKey(uri)
      await token.close()
      const publicKey = encodeMultikey(token.publicKey)
      return wrapReference({ uri, publicKey }, { ...wanted, did })
    }
    const made = await createSigningKey(did === undefined ? wanted : { ...wanted, did, fragment: 'multikey' })
    return made.key
  }

  async #activeSigner(tenant: string, use: KeyUse): Promise<Signer> {
    return this.#signerOf(await this.#activeKey(tenant, use))
  }

  /** As the store has it now, so that a process notices what another one rotated; what is revoked is forgotten here, too. */
  async #activeKey(tenant: string, use: KeyUse): Promise<StoredKey> {
    const keys = await this.#store.keys(tenant, use)
    for (const key of keys) if (!isListed(key)) this.#signers.delete(cacheKey(key))
    return keys.find(({ state }) => state === 'active') ?? rejectMissingKey(tenant, use)
  }

  /** A tenant that was made after the ring was opened is opened when it is first met. */
  async #dataKeyOf(tenant: string): Promise<Uint8Array> {
    const known = this.#dataKeys.get(tenant)
    if (known !== undefined) return known
    const stored = await this.#store.tenant(tenant)
    if (stored === undefined)
      throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'there is no such tenant')
    await this.open(stored)
    return this.#dataKeyOf(tenant)
  }

  #tokenSigner(key: WrappedKey, { uri, publicKey }: TokenReference): HeldSigner {
    const decoded = decodeMultikey(publicKey)
    if (!decoded.verified) throw invalidKeys(key.tenant, `the ${key.use} key was changed`)
    return tokenSigner({ keyId: signerIdOf(key), publicKey: decoded.value }, () => this.#openTokenKey(uri))
  }

  async #signerOf(key: WrappedKey): Promise<Signer> {
    const known = this.#signers.get(cacheKey(key))
    if (known !== undefined) return known
    const plain = unwrapKey(key, await this.#dataKeyOf(key.tenant))
    if (plain === undefined) throw invalidKeys(key.tenant, `the ${key.use} key was changed or moved`)
    const json = parseStrictJson(decodeUtf8(plain) ?? '') ?? null
    plain.fill(0)
    const signer = isTokenReference(json)
      ? this.#tokenSigner(key, json)
      : await createLocalSigner(parsePrivateJwk(json), signerIdOf(key))
    this.#signers.set(cacheKey(key), signer)
    return signer
  }
}

async function noToken(): Promise<never> {
  throw new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', 'no PKCS#11 module is configured')
}

/** Whether the key stands in the DID document of whom it belongs to. */
function isListed({ state }: Pick<StoredKey, 'state'>): boolean {
  return state !== 'revoked'
}

/** The id is bound into the wrapping, so it is the one under which the key was made. */
function signerIdOf({ id }: WrappedKey): DidUrl {
  return id as DidUrl
}

function cacheKey({ tenant, use, id }: Pick<WrappedKey, 'tenant' | 'use' | 'id'>): string {
  return JSON.stringify([tenant, use, id])
}
