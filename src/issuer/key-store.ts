import type { PublicKey } from '../core/crypto/port.ts'
import type { Did } from '../model/did.ts'
import type { Signer } from '../model/signer.ts'
import type { WriteContext, Written } from './ports.ts'
import type { Id, KeyUse, WrappedKey } from './records.ts'

/**
 * What a key may do (docs/spec/08-lifecycle.md "Keys of the service"). `prepared`: in the DID document, signs nothing yet.
 * `active`: signs; one for each tenant and use. `retiring`: signs nothing any more, what it signed still holds.
 * `revoked`: in no document, and its private part is destroyed. A key only ever goes forward.
 */
export type KeyState = 'prepared' | 'active' | 'retiring' | 'revoked'

/** Uses whose keys can be rotated: not the data-encryption key, on which the order of the indexes hangs, nor those of owners. */
export const ROTATABLE_USES = ['authority', 'status', 'audit', 'webhook', 'security-event'] as const
/** One of {@link ROTATABLE_USES}. */
export type RotatableUse = (typeof ROTATABLE_USES)[number]

/** A key as it is kept. Times are in milliseconds since 1970. */
export interface StoredKey extends WrappedKey {
  readonly state: KeyState
  /** From when on it signs, or since when; absent for a key that was active from the beginning. */
  readonly activateAt?: number
  readonly retiredAt?: number
  /** When it will be revoked, or was. A retiring key without it stays until somebody revokes it. */
  readonly revokeAt?: number
  /** After how many days as the active key its successor shall take over; passed on to a successor in the database. */
  readonly rotateAfterDays?: number
}

/** How the next key of one use takes over. */
export interface KeyRotation {
  readonly use: RotatableUse
  /** A key that was made for it; kept unless another one is prepared already. */
  readonly key: WrappedKey
  /** Not later than this; a successor that is prepared already may be due earlier. */
  readonly activateAt: number
  /** Whether the present key is revoked at once, for it may be in other hands. */
  readonly isEmergency: boolean
  /** Whether the key is in a token: the schedule is not passed on, for it would end in a key of the database. Default false. */
  readonly isInToken?: boolean
}

/** What is due of a tenant's keys: a state has to change, or a successor has to be made. */
export interface DueKey {
  readonly tenant: string
  readonly use: RotatableUse
  readonly due: 'step' | 'successor'
}

/** The keys of the store, wrapped; see `Store`, of which it is a part. */
export interface KeyStore {
  /** Oldest first, in every state; with `did`, the key of one owner. A key of an owner that was destroyed is absent. */
  keys(tenant: string, use: KeyUse, did?: Did): Promise<readonly StoredKey[]>
  /** Keeps a further key, active at once. Never replaces one: rejects with `ERR_PROCURA_STORAGE` when the id exists. */
  saveKey(key: WrappedKey): Promise<void>
  /**
   * Hands over the secret from which the order of a tenant's status indexes is derived (spec 05), 32 bytes.
   * Nothing is allocated before. Rejects with `ERR_PROCURA_INVALID_KEY` when it is not the one used so far.
   */
  unlock(tenant: string, indexSecret: Uint8Array): Promise<void>

  /**
   * Prepares the next key, or lets it take over when its time has come. The key before it retires until the last credential
   * or list that it signed has expired, or is revoked in an emergency. Every list is due to be signed anew when the status
   * key changes. @returns The next key.
   */
  rotateKey(rotation: KeyRotation, context: WriteContext): Promise<Written<StoredKey>>
  /** Revokes a prepared or retiring key before its time; `key_active` for the one that signs. */
  revokeKey(id: string, reason: string, context: WriteContext): Promise<Written<StoredKey>>
  /** Sets or, without `days`, ends the rotation of the active key by schedule. */
  scheduleKey(use: RotatableUse, days: number | undefined, context: WriteContext): Promise<Written<StoredKey>>
  /**
   * Puts a data-encryption key that is wrapped anew in the place of `previous`. @returns False when somebody else was quicker;
   * nothing is changed then.
   */
  rewrapKey(key: WrappedKey, previous: Uint8Array, context: WriteContext): Promise<boolean>
  /** Over all tenants. A successor is due `leadMs` before it takes over. */
  dueKeys(at: number, leadMs: number): Promise<readonly DueKey[]>
  /** Does what is due by the time of the context. @returns The keys that changed their state. */
  advanceKeys(tenant: string, context: WriteContext): Promise<readonly StoredKey[]>
}

/** What the issuer signs with. Keys of one use never sign for another; asked for anew for each signature. */
export interface KeyRing {
  authority(tenant: string): Promise<Signer>
  status(tenant: string): Promise<Signer>
  /** Signs checkpoints of the audit trail, nothing else. */
  audit(tenant: string): Promise<Signer>
  /** Signs what is sent to webhooks, nothing else. Made when it is first asked for. */
  webhook(tenant: string): Promise<Signer>
  /** Signs security event tokens, nothing else. Made when it is first asked for. */
  securityEvents(tenant: string): Promise<SetSigner>
  /** Those of the keys above that may verify something: the next ones, too, and old ones while tokens of theirs may be on their way. */
  securityEventKeys(tenant: string): Promise<readonly SetJwk[]>
  /** Encrypts a secret that a receiver of security events gave for its stream, for the store; only with the same id it opens. */
  sealStreamSecret(tenant: string, streamId: Id, secret: string): Promise<string>
  openStreamSecret(tenant: string, streamId: Id, sealed: string): Promise<string>
  /** The custody key of an owner; rejects once it was destroyed. */
  owner(tenant: string, owner: Did): Promise<Signer>
  /** Makes a custody key and stores it wrapped; it is bound to the owner by `createOwner`. */
  createOwnerKey(tenant: string): Promise<Did>
  /** Keys of a use, oldest first, and the public part of each that is not revoked. */
  list(tenant: string, use: RotatableUse): Promise<readonly ListedKey[]>
  /** Makes the next key of a use, which is not kept yet; with `uri`, takes one in a PKCS#11 token (`pkcs11:token=…;object=…`). */
  createSuccessor(tenant: string, use: RotatableUse, uri?: string): Promise<WrappedKey>
}

/** The public part of a key for security event tokens, as a JWK (RFC 7517, RFC 7518 §6.3). */
export interface SetJwk {
  readonly kty: 'RSA'
  readonly n: string
  readonly e: string
  readonly use: 'sig'
  readonly alg: 'RS256'
  /** RFC 7638 thumbprint. */
  readonly kid: string
}

/** Signs security event tokens. RSA, the one algorithm that all receivers of Shared Signals must know; no key of a DID is one. */
export interface SetSigner {
  readonly publicJwk: SetJwk
  /** RS256 (RFC 7518 §3.3). What does not verify is not released: `ERR_PROCURA_INVALID_KEY`. */
  sign(bytes: Uint8Array): Promise<Uint8Array>
}

/** A key as others may see it. */
export interface ListedKey extends Omit<StoredKey, 'wrapped'> {
  /** Absent once it is revoked, and for security events: {@link KeyRing.securityEventKeys}. */
  readonly publicKey?: PublicKey
}
