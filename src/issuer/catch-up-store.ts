import type { StatusPurpose } from '../model/status-list-entry.ts'
import type { EmergencyList } from '../status/emergency.ts'
import type { WriteContext, Written } from './ports.ts'
import type { PublishedHead, PublishedList } from './published-status.ts'

/** A registry that was restored and does not know what was done since. */
export interface Restoration {
  readonly tenant: string
  /** When the backup was made, and when it was put back; milliseconds since 1970. */
  readonly backupAt: number
  readonly restoredAt: number
}

/** A list as it was found published, opened. */
export interface FoundList extends Omit<PublishedList, 'revision' | 'vc'> {
  readonly purpose: StatusPurpose
  /** Uncompressed, MSB-first, 16 KiB. */
  readonly bits: Uint8Array
}

/** What was published last, verified. */
export interface FoundStatus {
  readonly head: PublishedHead
  /** To which the head commits; absent where nothing was ever listed. */
  readonly emergency?: EmergencyList
  /** Those that the head commits to. */
  readonly lists: readonly FoundList[]
  /** The same lists as they were found elsewhere, older: their revocations count. */
  readonly others: readonly FoundList[]
  /** Keys of the status issuer, by name, that signed some of it and that the registry does not have. */
  readonly unknownKeys: readonly string[]
  /** The next head has at least this number: higher than any that can have been signed. */
  readonly nextSeq: number
}

/** What a registry that caught up took over. */
export interface CaughtUp {
  /** Credentials and registered runs that were in force here, and are published as revoked. */
  readonly ended: number
  readonly runsEnded: number
  /** Owners and agents that somebody has to decide about before anything is issued to them again. */
  readonly heldOwners: readonly string[]
  readonly heldAgents: readonly string[]
  /** Delegations and leased indexes whose suspension was taken over. */
  readonly suspended: number
  /** Lists that the registry did not know. */
  readonly foreignLists: number
  /** Indexes that the registry has not given, and which are revoked for good. */
  readonly burned: number
}

/** What a restored registry is brought forward with; the part of `Store` that `procura catch-up` works with. */
export interface CatchUpStore {
  /** Tenants that must catch up before anything is published. */
  restorations(): Promise<readonly Restoration[]>
  /** Since when (ms) the audit trail is another one than that of earlier checkpoints: it goes on from a backup. */
  auditGeneration(tenant: string): Promise<number | undefined>
  /**
   * Takes over what was published, in one transaction, with an audit entry: the head and its number, every revocation, every suspension;
   * and burns every index that the registry has not given. Whoever cannot be told to be still there is held. Refused (`changed_meanwhile`)
   * when the registry is not older than `found`, or somebody publishes.
   */
  catchUp(found: FoundStatus, operator: string, context: WriteContext): Promise<Written<CaughtUp>>
  /**
   * Notes that nothing was done since the backup. Refused (`changed_meanwhile`) when the service was at work while the backup was made, and
   * `not_found` when nothing was restored.
   */
  confirmRestored(operator: string, context: WriteContext): Promise<Written<null>>
}
