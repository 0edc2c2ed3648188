import type { WriteContext, Written } from './ports.ts'

/** What an entry of the emergency list names; a drill names a key of nobody, and takes the place of the drill before. */
export const EMERGENCY_KINDS = ['key', 'owner', 'authority', 'drill'] as const
/** One of {@link EMERGENCY_KINDS}. */
export type EmergencyKind = (typeof EMERGENCY_KINDS)[number]

/** An entry that is to be listed. */
export interface NewEmergencyEntry {
  readonly kind: EmergencyKind
  /** Verification method, or DID. */
  readonly name: string
  readonly reason: string
}

export interface EmergencyEntry extends NewEmergencyEntry {
  /** Counts the entries of a tenant. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly addedAt: number
}

/** A signed emergency list, as it is served. */
export interface PublishedEmergency {
  readonly seq: number
  /** SHA-256 of the payload, base64url. */
  readonly digest: string
  /** Number of the newest entry in it. */
  readonly lastEntry: number
  /** Verification method that it is signed with. */
  readonly keyId: string
  readonly jwt: string
}

/** The emergency list of each tenant; the part of `Store` that keeps it. */
export interface EmergencyStore {
  /** Every entry, oldest first, and the list that was signed last. */
  emergency(
    tenant: string,
  ): Promise<{ readonly entries: readonly EmergencyEntry[]; readonly published?: PublishedEmergency }>
  /**
   * Lists something, for good; what is listed already is a replay. Refused with `quota_exceeded` when the list is full, and
   * with `key_active` for the key that signs for the authority or its status issuer: it is to be rotated first.
   */
  addEmergency(entry: NewEmergencyEntry, context: WriteContext): Promise<Written<EmergencyEntry>>
  /** Records a list that was signed. False, and nothing is recorded, when it is not the next one. */
  recordEmergency(tenant: string, list: PublishedEmergency): Promise<boolean>
}
