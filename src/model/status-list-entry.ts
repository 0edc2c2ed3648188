/** `type` of an entry of `credentialStatus` (W3C Bitstring Status List §2.1). */
export const STATUS_ENTRY_TYPE = 'BitstringStatusListEntry'

/** The two purposes of the protocol: `revocation` is terminal, `suspension` can be lifted. */
export const STATUS_PURPOSES = ['revocation', 'suspension'] as const

export type StatusPurpose = (typeof STATUS_PURPOSES)[number]

/**
 * Where the status of one credential stands: the same index in a revocation list and in a suspension list
 * (spec 05 "Lists").
 */
export interface StatusEntry {
  /** URL of the revocation list: its identity and its address. */
  readonly revocation: string
  readonly suspension: string
  readonly index: number
}

/** Indexes of one pair of lists that the holder may give to the credentials that it issues (spec 05 "Every link is revocable"). */
export interface StatusLease {
  readonly revocation: string
  readonly suspension: string
  readonly indexes: readonly number[]
}

/** Leased indexes of an agent's delegation when nothing is said, and by how many it grows (spec 10 "Defaults"). */
export const DEFAULT_LEASE_SIZE = 8

/** Most lists that one lease may name, and most indexes that one credential may lease. */
export const MAX_LEASED_LISTS = 4
export const MAX_LEASED_INDEXES = 256
