import type { Page, Paged, WriteContext } from './ports.ts'
import type { AuditEntry, Id } from './records.ts'

/** A signed checkpoint, as it is kept and served. */
export interface StoredCheckpoint {
  /** How many entries it is about. */
  readonly size: number
  /** Signed note (docs/audit.md). */
  readonly note: string
  /** When it was signed, in milliseconds since 1970. */
  readonly at: number
}

/** Up to 256 hashes, of 32 bytes each, of the tree's level `8 · level`, from hash number `256 · index` on. */
export interface StoredTile {
  readonly level: number
  readonly index: number
  readonly hashes: Uint8Array
}

/** The audit trail: entries that are never changed, of which old ones can lose their text, a Merkle tree over them, and its newest checkpoint. */
export interface AuditStore {
  /** Entries that have their text, oldest first; the cursor is the `seq` of the last one. */
  audit(tenant: string, filter: { agentId?: Id; ownerId?: Id }, page: Page): Promise<Paged<AuditEntry>>
  /** The hashes of a tile of the tree, as far as it is filled. */
  auditTile(tenant: string, level: number, index: number): Promise<Uint8Array | undefined>
  /** How many entries are in the tree. */
  auditTreeSize(tenant: string): Promise<number>
  /** Keeps new tiles, and those that became longer, of a tree of `from` entries. Refuses (false) when it has more by now. */
  growAuditTree(tenant: string, from: number, tiles: readonly StoredTile[]): Promise<boolean>
  /** The newest one. */
  auditCheckpoint(tenant: string): Promise<StoredCheckpoint | undefined>
  /** Replaces the newest checkpoint. Refuses (false) one that is not larger, or is larger than the tree. */
  recordCheckpoint(tenant: string, checkpoint: StoredCheckpoint): Promise<boolean>
  /**
   * Tells, by an entry, that the texts of the oldest entries go, as long as they are older than `before` (ms) and the newest
   * checkpoint covers more than them. @returns Of how many; call again until it is 0.
   */
  announceRemoval(before: number, context: WriteContext): Promise<number>
  /**
   * Removes texts once the newest checkpoint covers the entry that tells of it, so that every export says why they are missing.
   * Their hashes stay. @returns How many; call again until it is 0.
   */
  removeAuditTexts(tenant: string): Promise<number>
}
