import { lastLink, type ParsedChain, type ParsedLink } from '../model/chain.ts'
import type { DelegationCredential, OwnerCredential } from '../model/credential.ts'
import type { StatusEntry, StatusLease } from '../model/status-list-entry.ts'
import { type Refused, refuse } from '../refusal.ts'

/*
 * "Every link is revocable" (docs/spec/05-status.md): from link 2 on, and under owner custody from link 1 on,
 * a link takes its index from its parent's lease and leases on no more than it was leased.
 */

/** Longest life of a link without status, in milliseconds: it can end only by expiring. */
export const MAX_STATUSLESS_MS = 900_000

/** Whether the last link carries no status. Such a chain must not be accepted for a critical action. */
export function endsWithoutStatus(chain: ParsedChain): boolean {
  return lastLink(chain).credential.status === undefined
}

/** An owner who holds the key leases indexes on, but not the owner's own. */
export function joinOwnerStatus({ credential }: ParsedLink<OwnerCredential>): Refused | undefined {
  return isLeased(credential.subject.statusLease, credential.status) ? invalidLease() : undefined
}

export function joinStatus(
  chain: ParsedChain,
  { credential }: ParsedLink<DelegationCredential>,
  isLast: boolean,
): Refused | undefined {
  const { status, subject } = credential
  if (status === undefined && !(isLast && mayBeStatusless(chain, credential)))
    return refuse('status_missing', { dimension: 'credentialStatus' })
  const leased = leaseFor(chain)
  if (status !== undefined && leased !== undefined && !isLeased(leased, status))
    return refuse('status_invalid', { dimension: 'credentialStatus' })
  if (leased !== undefined && !subject.statusLease.every((lease) => isPartOf(leased, lease)))
    return invalidLease()
  return status !== undefined && isLeased(subject.statusLease, status) ? invalidLease() : undefined
}

/** What the next link may take from; `undefined` when the service gives it an index directly. */
function leaseFor(chain: ParsedChain): readonly StatusLease[] | undefined {
  const [{ credential: owner }] = chain
  const byService = chain.length === 1 && owner.subject.custody === 'service'
  return byService ? undefined : lastLink(chain).credential.subject.statusLease
}

/** The owner must have allowed it, and every agent in between; nobody can allow it to itself. */
function mayBeStatusless([, ...delegations]: ParsedChain, credential: DelegationCredential): boolean {
  if (delegations.length === 0 || credential.validUntil - credential.validFrom > MAX_STATUSLESS_MS)
    return false
  return delegations.every((link) => link.credential.subject.allowStatusless)
}

function isLeased(leases: readonly StatusLease[], entry: StatusEntry): boolean {
  return leases.some((lease) => isSamePair(lease, entry) && lease.indexes.includes(entry.index))
}

function isPartOf(leases: readonly StatusLease[], part: StatusLease): boolean {
  const lease = leases.find((candidate) => isSamePair(candidate, part))
  return lease !== undefined && part.indexes.every((index) => lease.indexes.includes(index))
}

function isSamePair(a: StatusLease, b: StatusLease | StatusEntry): boolean {
  return a.revocation === b.revocation && a.suspension === b.suspension
}

function invalidLease(): Refused {
  return refuse('status_invalid', { dimension: 'credentialSubject.statusLease' })
}
