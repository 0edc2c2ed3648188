/**
 * What a webhook can be told of (docs/api.md "Webhooks"). Stable, public API: further types may come with any version, so a receiver
 * passes over those that it does not know.
 */
export const WEBHOOK_EVENT_TYPES = [
  'owner.created',
  'owner.updated',
  'owner.suspended',
  'owner.resumed',
  'owner.offboarded',
  'owner.key_rotated',
  'agent.created',
  'agent.updated',
  'agent.suspended',
  'agent.resumed',
  'agent.released',
  'agent.transferred',
  'agent.revoked',
  'agent.retired',
  'agent.key_rotated',
  'delegation.issued',
  'delegation.renewed',
  'delegation.suspended',
  'delegation.resumed',
  'delegation.ended',
  'delegation.revoked',
  'run.registered',
  'run.completed',
  'run.revoked',
  'lease.suspended',
  'lease.resumed',
  'lease.revoked',
  'emergency.listed',
  'key.rotated',
  'key.revoked',
  'registry.caught_up',
] as const

/** One of {@link WEBHOOK_EVENT_TYPES}, or `webhook.test`, which somebody asked for to see whether it arrives. */
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number] | 'webhook.test'

/** What is told: who and what it is about by opaque ids, when, and how much fell with it. No name, no reason, no claim, no token. */
export interface WebhookEvent {
  /** The same however often it is delivered: what was seen before is passed over. */
  readonly id: string
  readonly type: WebhookEventType
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string
  readonly tenant: string
  /** Id of the owner, agent, delegation or run, of a key or whoever is listed; `list/index` of a lease. */
  readonly target: string
  readonly owner?: string
  readonly agent?: string
  /** What ended with it, how many of each. */
  readonly agents?: number
  readonly delegations?: number
  readonly runs?: number
}

/** Longest body of a webhook, in bytes: an event is some 400. */
export const MAX_WEBHOOK_BYTES: number = 16 * 1024
