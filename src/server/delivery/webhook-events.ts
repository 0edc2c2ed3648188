import { formatDateTime } from '../../core/date-time.ts'
import type { AuditEntry } from '../../issuer/records.ts'
import type { WEBHOOK_EVENT_TYPES, WebhookEvent } from '../../webhooks/webhook-event.ts'

type EventType = (typeof WEBHOOK_EVENT_TYPES)[number]

/** Which entries of the trail are events, by their action. What is not here, nobody outside has to know. */
const EVENT_OF_ACTION: ReadonlyMap<string, EventType> = new Map<string, EventType>([
  ['owner.create', 'owner.created'],
  ['owner.update', 'owner.updated'],
  ['owner.suspend', 'owner.suspended'],
  ['owner.resume', 'owner.resumed'],
  ['owner.offboard', 'owner.offboarded'],
  ['owner.rotate', 'owner.key_rotated'],
  ['agent.create', 'agent.created'],
  ['agent.enrol', 'agent.created'],
  ['agent.update', 'agent.updated'],
  ['agent.suspend', 'agent.suspended'],
  ['agent.resume', 'agent.resumed'],
  ['agent.release', 'agent.released'],
  ['agent.transfer', 'agent.transferred'],
  ['agent.revoke', 'agent.revoked'],
  ['agent.retire', 'agent.retired'],
  ['agent.rotate', 'agent.key_rotated'],
  ['delegation.issue', 'delegation.issued'],
  ['delegation.renew', 'delegation.renewed'],
  ['delegation.suspend', 'delegation.suspended'],
  ['delegation.resume', 'delegation.resumed'],
  ['delegation.end', 'delegation.ended'],
  ['delegation.revoke', 'delegation.revoked'],
  ['run.register', 'run.registered'],
  ['run.complete', 'run.completed'],
  ['run.revoke', 'run.revoked'],
  ['lease.suspend', 'lease.suspended'],
  ['lease.resume', 'lease.resumed'],
  ['lease.revoke', 'lease.revoked'],
  ['emergency.add', 'emergency.listed'],
  ['key.activate', 'key.rotated'],
  ['key.revoke', 'key.revoked'],
  ['registry.catch_up', 'registry.caught_up'],
])

/** What a webhook is told of that names no types: whatever ends access, or halts it. */
export const DEFAULT_EVENT_TYPES: readonly EventType[] = [
  'owner.updated',
  'owner.suspended',
  'owner.offboarded',
  'agent.suspended',
  'agent.released',
  'agent.revoked',
  'delegation.suspended',
  'delegation.ended',
  'delegation.revoked',
  'run.revoked',
  'lease.suspended',
  'lease.revoked',
  'emergency.listed',
  'key.revoked',
  'registry.caught_up',
]

/** The event that an entry is; `undefined` for one that is none. */
export function webhookEventOf(entry: AuditEntry): WebhookEvent | undefined {
  const type = EVENT_OF_ACTION.get(entry.action)
  if (type === undefined) return undefined
  const { hash, at, tenant, target, ownerId, agentId } = entry
  return {
    id: `evt_${hash}`,
    type,
    time: formatDateTime(at),
    tenant,
    target,
    ...(ownerId !== undefined && { owner: ownerId }),
    ...(agentId !== undefined && { agent: agentId }),
    ...countsOf(entry),
  }
}

/** Numbers only: details hold reasons and lineages as well. */
function countsOf({ details }: AuditEntry): Pick<WebhookEvent, 'agents' | 'delegations' | 'runs'> {
  const counts = ['agents', 'delegations', 'runs'].map((name) => [name, details[name]] as const)
  return Object.fromEntries(counts.filter(([, count]) => typeof count === 'number'))
}
