import { formatDateTime } from '../core/date-time.ts'
import { member } from '../core/json.ts'
import type { Lease, LeasedIndex } from '../issuer/agent-store.ts'

/**
 * What became of an index: a run or sub-agent was registered under it; it was revoked without that; nobody registered
 * anything, while somebody still can; or nobody can any more, because the delegation is over.
 */
type Use = 'registered' | 'revoked' | 'unregistered' | 'lapsed'

/** What became of the indexes that are leased to one delegation (docs/api.md "Leases"). @param now Milliseconds since 1970. */
export function leaseView({ delegation, indexes }: Lease, now: number): object {
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
    ...(revocation && {
      revocation: {
        by: revocation.actor,
        at: formatDateTime(revocation.at),
        reason: member(revocation.details, 'reason') ?? '',
      },
    }),
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
