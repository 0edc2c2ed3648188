import { STATUS_LIST_ENTRIES } from '../../../src/status/bitstring.ts'
import { MAX_SNAPSHOT_LISTS } from '../../../src/status/snapshot.ts'

/** What is compared: so many live credentials, of which such a part is revoked, and looks so far apart. */
export interface Range {
  readonly credentials: readonly number[]
  readonly revokedParts: readonly number[]
  readonly pollSeconds: readonly number[]
}

export const RANGE: Range = {
  credentials: [1e6, 1e8, 1e9],
  revokedParts: [0.001, 0.01, 0.05],
  pollSeconds: [10, 30, 60, 300, 900, 3600],
}

/** Each credential counts for so long, and a revoked one stays in its list until then. */
const LIFE_DAYS = 45

/** Suspensions come and go; none comes or goes while it is counted. */
export const SUSPENDED_PART = 0.001

/** What one request takes beside its body and that of the answer: HTTP/1.1 fields of both, without TLS, as the benchmarks measure it. */
export const HEADER_BYTES = 940

/** Live credentials as one authority has them. */
export interface Population {
  readonly credentials: number
  readonly revokedPart: number
  /** A verifier follows 2,048 lists of one authority: more credentials are of several. */
  readonly authorities: number
  /** Pairs of lists of each. */
  readonly pairs: number
  /** Of each. */
  readonly revocationsPerDay: number
  /** Pairs that each begins in a day, for the credentials that take the place of those that end. */
  readonly newPairsPerDay: number
}

export function populationOf(credentials: number, revokedPart: number): Population {
  const pairs = Math.ceil(credentials / STATUS_LIST_ENTRIES)
  const authorities = Math.ceil((2 * pairs) / MAX_SNAPSHOT_LISTS)
  return {
    credentials,
    revokedPart,
    authorities,
    pairs: Math.ceil(pairs / authorities),
    revocationsPerDay: (credentials * revokedPart) / LIFE_DAYS / authorities,
    newPairsPerDay: pairs / LIFE_DAYS / authorities,
  }
}
