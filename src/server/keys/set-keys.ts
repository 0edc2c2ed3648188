import { decodeBase64url, encodeBase64url } from '../../core/base64url.ts'
import { decodeUtf8, encodeUtf8 } from '../../core/bytes.ts'
import type { Clock, Random } from '../../core/clock.ts'
import { LruMap } from '../../core/lru-map.ts'
import type { SetJwk, SetSigner, StoredKey } from '../../issuer/key-store.ts'
import type { Store } from '../../issuer/ports.ts'
import type { WrappedKey } from '../../issuer/records.ts'
import { unwrapKey, wrapKey } from './envelope.ts'
import { invalidKeys, rejectMissingKey } from './invalid-keys.ts'
import { saveFirstKey } from './save-first-key.ts'
import { createSetKey, openSetSigner } from './set-signer.ts'

/** Signers held in plain text at once; the least recently used are forgotten. */
const MAX_OPEN_SIGNERS = 100

export interface SetKeysOptions {
  readonly store: Pick<Store, 'keys' | 'saveKey' | 'tenant'>
  readonly clock: Clock
  readonly random: Random
  readonly dataKeyOf: (tenant: string) => Promise<Uint8Array>
}

/** Whose secret it is: a stream of a tenant. */
type StreamSecret = Pick<WrappedKey, 'tenant' | 'id'>

/** The keys with which tenants sign security event tokens. A tenant has none before it sends any. */
export class SetKeys {
  readonly #options: SetKeysOptions
  readonly #signers = new LruMap<string, SetSigner>({ maxWeight: MAX_OPEN_SIGNERS })
  /** By tenant: those whose first key is being made. */
  readonly #making = new Map<string, Promise<void>>()

  constructor(options: SetKeysOptions) {
    this.#options = options
  }

  /** As the store has it now, so that a process notices what another one rotated. */
  async active(tenant: string): Promise<SetSigner> {
    const key = await this.#activeKey(tenant)
    if (key !== undefined) return await this.#signerOf(key)
    await this.#makeFirst(tenant)
    return await this.#signerOf((await this.#activeKey(tenant)) ?? rejectMissingKey(tenant, 'security-event'))
  }

  async list(tenant: string): Promise<readonly SetJwk[]> {
    const keys = await this.#options.store.keys(tenant, 'security-event')
    for (const key of keys) if (key.state === 'revoked') this.#signers.delete(cacheKey(key))
    const signers = keys.filter(({ state }) => state !== 'revoked').map((key) => this.#signerOf(key))
    return (await Promise.all(signers)).map(({ publicJwk }) => publicJwk)
  }

  /** Makes a key, which is not kept yet. */
  async create(tenant: string): Promise<WrappedKey> {
    const { store, clock, random, dataKeyOf } = this.#options
    const did = (await store.tenant(tenant))?.authority ?? rejectMissingKey(tenant, 'security-event')
    const dataKey = await dataKeyOf(tenant)
    return await createSetKey({ tenant, did, dataKey, createdAt: clock(), random })
  }

  async seal({ tenant, id }: StreamSecret, secret: string): Promise<string> {
    const under = await this.#options.dataKeyOf(tenant)
    const binding = { tenant, id, use: 'security-event' } as const
    return encodeBase64url(wrapKey(encodeUtf8(secret), { under, binding, random: this.#options.random }))
  }

  async open({ tenant, id }: StreamSecret, sealed: string): Promise<string> {
    const wrapped = decodeBase64url(sealed)
    const under = await this.#options.dataKeyOf(tenant)
    const plain = wrapped && unwrapKey({ tenant, id, use: 'security-event', wrapped }, under)
    const secret = plain && decodeUtf8(plain)
    if (secret === undefined) throw invalidKeys(tenant, 'the secret of a stream was changed or moved')
    return secret
  }

  async #activeKey(tenant: string): Promise<StoredKey | undefined> {
    const keys = await this.#options.store.keys(tenant, 'security-event')
    return keys.find(({ state }) => state === 'active')
  }

  /** Callers at one time wait for one key; it takes a good part of a second of a thread. */
  async #makeFirst(tenant: string): Promise<void> {
    const making = this.#making.get(tenant) ?? this.#saveFirst(tenant)
    this.#making.set(tenant, making)
    await making.finally(() => this.#making.delete(tenant))
  }

  async #saveFirst(tenant: string): Promise<void> {
    await saveFirstKey(this.#options.store, await this.create(tenant))
  }

  async #signerOf(key: StoredKey): Promise<SetSigner> {
    const known = this.#signers.get(cacheKey(key))
    if (known !== undefined) return known
    const plain = unwrapKey(key, await this.#options.dataKeyOf(key.tenant))
    const signer = plain && openSetSigner(plain)
    if (signer === undefined || signer.publicJwk.kid !== key.id) {
      throw invalidKeys(key.tenant, 'the security-event key was changed or moved')
    }
    this.#signers.set(cacheKey(key), signer)
    return signer
  }
}

function cacheKey({ tenant, id }: StoredKey): string {
  return JSON.stringify([tenant, id])
}
