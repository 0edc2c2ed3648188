import { formatDateTime } from '../core/date-time.ts'
import { member } from '../core/json.ts'
import type { AgentLeases, Lease, LeasedIndex } from '../issuer/agent-store.ts'
import type { AuditEntry } from '../issuer/records.ts'
import { LEASE_QUOTA_PER_AGENT, LEASE_QUOTA_PER_OWNER } from './limits.ts'

/**
 * What became of an index: a run or sub-agent was registered under it; it was revoked without that; nobody registered
 * anything, while somebody still can; or nobody can any more, because the delegation is over.
 */
type Use = 'registered' | 'revoked' | 'unregistered' | 'lapsed'

/**
 * What became of the indexes that are leased to an agent, by delegation, and how much of the quotas is used (docs/api.md "Leases").
 *
 * @param now Milliseconds since 1970. @param seesOwner Whether who reads it may know of the owner's other agents.
 */
export function leasesView({ items, next, leased }: AgentLeases, now: number, seesOwner: boolean): object {
  const quotas = {
    agent: { limit: LEASE_QUOTA_PER_AGENT, used: leased.agent },
    ...(seesOwner && { owner: { limit: LEASE_QUOTA_PER_OWNER, used: leased.owner } }),
  }
  return { items: items.map((lease) => leaseView(lease, now)), ...(next !== undefined && { next }), quotas }
}

function leaseView({ delegation, indexes }: Lease, now: number): object {
  const { id, state, validUntil, terms } = delegation
  const isOver = state === 'revoked' || validUntil <= now
  const name = member(terms, 'name')
  const uses = indexes.map((index) => useOf(index, isOver))
  const count = (use: Use) => uses.filter((other) => other === use).length
  return {
    delegation: id,
    ...(name !== undefined && { name }),
    state,
    validUntil: formatDateTime(validUntil),
    leased: indexes.length,
    registered: count('registered'),
    revoked: count('revoked'),
    unregistered: count('unregistered'),
    lapsed: count('lapsed'),
    indexes: indexes.map((index, i) => ({ ...indexView(index), use: uses[i] })),
  }
}

function useOf({ run, state }: LeasedIndex, isOver: boolean): Use {
  if (run !== undefined) return 'registered'
  if (state === 'revoked') return 'revoked'
  return isOver ? 'lapsed' : 'unregistered'
}

function indexView({ position, state, run, revocation }: LeasedIndex): object {
  return {
    position,
    state,
    ...(run && { run: runView(run) }),
    ...(revocation && { revocation: revocationView(revocation) }),
  }
}

/** `shown`: what the credential that was shown as evidence says of itself. */
function revocationView({ actor, at, details }: AuditEntry): object {
  const shown = member(details, 'shown')
  return {
    by: actor,
    at: formatDateTime(at),
    reason: member(details, 'reason') ?? '',
    ...(shown !== undefined && { shown }),
  }
}

function runView({
  id,
  kind,
  name,
  subject,
  lineage,
  state,
  validUntil,
}: Required<LeasedIndex>['run']): object {
  return {
    id,
    kind,
    ...(name !== undefined && { name }),
    subject,
    lineage,
    state,
    validUntil: formatDateTime(validUntil),
  }
}
