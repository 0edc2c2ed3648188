import { formatDateTime } from '../core/date-time.ts'
import { member } from '../core/json.ts'
import type { DelegationWithRuns } from '../issuer/agent-store.ts'
import type { Run } from '../issuer/records.ts'
import { MAX_CHAIN_LINKS } from '../model/credential.ts'

/** Links that can stand between link 1 and a run. */
const MAX_STEPS = MAX_CHAIN_LINKS - 2

/** A delegation of an agent, and below it what it made, as a tree by parent (docs/api.md "Agents"). */
export function dependantView({ delegation, runs, omittedRuns }: DelegationWithRuns): object {
  const { id, state, suspended, validUntil, lease, terms } = delegation
  const name = member(terms, 'name')
  const byId = new Map(runs.map((run) => [run.id, run]))
  const children = new Map<string, Run[]>()
  for (const run of runs) {
    const above = hasPlace(run, byId) ? run.parentId : id
    const siblings = children.get(above) ?? []
    siblings.push(run)
    children.set(above, siblings)
  }
  return {
    id,
    ...(name !== undefined && { name }),
    state,
    suspended,
    validUntil: formatDateTime(validUntil),
    leasedIndexes: lease.length,
    dependants: below(id, children),
    ...(omittedRuns > 0 && { omittedRuns }),
  }
}

function below(parent: string, children: ReadonlyMap<string, readonly Run[]>): readonly object[] {
  return (children.get(parent) ?? []).map(({ id, kind, name, parentId, subject, validUntil }) => ({
    id,
    kind,
    ...(name !== undefined && { name }),
    parent: parentId,
    subject,
    validUntil: formatDateTime(validUntil),
    dependants: below(id, children),
  }))
}

/**
 * Whether a run stands below another one that is shown. Agents choose ids and so could make a ring of them, or a line longer than
 * any chain: those all stand directly below the delegation, so that none is hidden.
 */
function hasPlace(run: Run, byId: ReadonlyMap<string, Run>): boolean {
  let above = byId.get(run.parentId)
  if (above === undefined) return false
  for (let steps = 1; above !== undefined; steps++) {
    if (steps > MAX_STEPS) return false
    above = byId.get(above.parentId)
  }
  return true
}
