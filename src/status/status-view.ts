import type { Did } from '../model/did.ts'
import type { StatusEntry, StatusPurpose } from '../model/status-list-entry.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import type { Head } from './head.ts'

/** One list as a verifier reads it. Times are milliseconds since 1970. */
export interface ListView {
  readonly purpose: StatusPurpose
  readonly version: number
  /** SHA-256 of the uncompressed bits as published, base64url. */
  readonly digest: string
  /** To when the bits are known to be current. */
  readonly asOf: number
  /** From then on the list says nothing, but for revocations. */
  readonly validUntil: number
  /** Whether the purpose holds for an entry; a revocation once seen does for ever. `undefined` beyond the end. */
  read(index: number): boolean | undefined
}

/** What is known about one entry. Times are milliseconds since 1970. */
export interface StatusReading {
  readonly revoked: boolean
  readonly suspended: boolean
  /** The older of the two lists. */
  readonly asOf: number
  /** The earlier end of the two lists. */
  readonly validUntil: number
}

/** A snapshot of all lists held: it never changes, so one verification sees one state. */
export interface StatusView {
  /**
   * Reads an entry in both its lists. Synchronous, O(1), no I/O.
   *
   * A revocation that is known wins over all else, an expired list included, because nothing lifts it. Freshness
   * is the caller's: compare `asOf` with the policy.
   *
   * @param statusIssuer The DID that the chain's authority names; lists that another one signed are not looked at.
   * @param now Milliseconds since 1970.
   * @returns `status_unavailable` for a list that is not held, `status_stale` for one past its `validUntil`,
   *   `status_invalid` for one of another purpose or an index beyond its end.
   */
  read(entry: StatusEntry, statusIssuer: Did, now: number): Verdict<StatusReading>

  /** The list as held, or `undefined`. */
  list(url: string, statusIssuer: Did): ListView | undefined

  /** The newest head that was accepted, or `undefined`. */
  head(statusIssuer: Did): Head | undefined
}

/** Lists by status issuer, then by URL. */
export type ListViews = ReadonlyMap<Did, ReadonlyMap<string, ListView>>

/** Makes a snapshot. What it is made of must not change afterwards. @param heads The newest of each status issuer. */
export function createStatusView(lists: ListViews, heads: ReadonlyMap<Did, Head> = NO_HEADS): StatusView {
  return {
    read: (entry, statusIssuer, now) => readEntry(lists.get(statusIssuer), entry, now),
    list: (url, statusIssuer) => lists.get(statusIssuer)?.get(url),
    head: (statusIssuer) => heads.get(statusIssuer),
  }
}

/**
 * The same view with other lists.
 *
 * @param list What is read of a list instead of what `view` has. @param head Stands for that of its status issuer.
 */
export function withLists(
  view: StatusView,
  list: (url: string, statusIssuer: Did) => ListView | undefined,
  head: Head | undefined,
): StatusView {
  return {
    read: (entry, statusIssuer, now) => readEntry({ get: (url) => list(url, statusIssuer) }, entry, now),
    list,
    head: (statusIssuer) => (head?.statusIssuer === statusIssuer ? head : view.head(statusIssuer)),
  }
}

const NO_HEADS: ReadonlyMap<Did, Head> = new Map()

const UNAVAILABLE = refuse('status_unavailable')
const STALE = refuse('status_stale', { dimension: 'validUntil' })
const WRONG_PURPOSE = refuse('status_invalid', { dimension: 'statusPurpose' })
const OUT_OF_RANGE = refuse('status_invalid', { dimension: 'statusListIndex' })

function readEntry(
  lists: Pick<ReadonlyMap<string, ListView>, 'get'> | undefined,
  { revocation, suspension, index }: StatusEntry,
  now: number,
): Verdict<StatusReading> {
  const revocations = lists?.get(revocation)
  const suspensions = lists?.get(suspension)
  if (revocations === undefined) return UNAVAILABLE
  if (revocations.purpose !== 'revocation') return WRONG_PURPOSE
  const revoked = revocations.read(index)
  if (revoked === undefined) return OUT_OF_RANGE
  if (revoked) return accept(reading(revocations, suspensions ?? revocations, true, false))
  if (suspensions === undefined) return UNAVAILABLE
  if (suspensions.purpose !== 'suspension') return WRONG_PURPOSE
  const suspended = suspensions.read(index)
  if (suspended === undefined) return OUT_OF_RANGE
  if (!(now < revocations.validUntil && now < suspensions.validUntil)) return STALE
  return accept(reading(revocations, suspensions, false, suspended))
}

function reading(a: ListView, b: ListView, revoked: boolean, suspended: boolean): StatusReading {
  return {
    revoked,
    suspended,
    asOf: Math.min(a.asOf, b.asOf),
    validUntil: Math.min(a.validUntil, b.validUntil),
  }
}
