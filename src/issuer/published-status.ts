import type { StatusPurpose } from '../model/status-list-entry.ts'

/** What the publisher needs to build one list: its bits as they are committed. */
export interface ListContent {
  readonly list: number
  readonly kind: 'owner' | 'agent'
  readonly purpose: StatusPurpose
  /** Uncompressed, MSB-first, 16 KiB. */
  readonly bits: Uint8Array
  /** Last published version (ms), 0 when never published. */
  readonly publishedVersion: number
  readonly publishedUntil: number
  /** Grows with each change of bits; recorded with a publication so that a later change stays dirty. */
  readonly revision: number
  readonly publishedRevision: number
}

/** One version of one list, as it is served. */
export interface PublishedList {
  readonly list: number
  readonly purpose: StatusPurpose
  /** `validFrom` in ms, strictly increasing per list. */
  readonly version: number
  readonly validUntil: number
  readonly bitsDigest: string
  readonly revision: number
  /** As `vc+jwt`. */
  readonly jwt: string
  /** JSON with a Data Integrity proof; absent of a version that was signed before there was one. */
  readonly vc?: string
}

/** The Token Status List of a pair, as it is served. */
export interface PublishedMirror {
  readonly list: number
  /** When it was signed, in ms; strictly increasing for each pair. */
  readonly version: number
  readonly validUntil: number
  readonly jwt: string
}

/** What changed in the lists within a slice of time up to now, as it is served. */
export interface PublishedChanges {
  readonly slice: number
  readonly body: string
}

/** What is published together: new versions of lists, the mirrors of their pairs, and the head that commits to all. */
export interface Publication {
  readonly lists: readonly PublishedList[]
  readonly changes: PublishedChanges
  readonly mirrors: readonly PublishedMirror[]
  readonly head: PublishedHead
  /** Verification method that all of it is signed with. */
  readonly keyId: string
}

/** A signed head, as it is served. */
export interface PublishedHead {
  readonly seq: number
  readonly iatMs: number
  /** base64url Merkle root. */
  readonly root: string
  readonly jwt: string
  /** Body of the leaf table that `root` commits to. */
  readonly leafTable: string
  /** The least number of the next one, where the registry was restored: heads that it does not know may have those before. */
  readonly nextSeq?: number
}

/** Whose turn it is to publish, where several processes share a store. */
export interface PublishingTurn {
  /** Names the process, unguessably different from any other. */
  readonly holder: string
  /** Milliseconds since 1970, from which on anybody may take it. */
  readonly until: number
}
