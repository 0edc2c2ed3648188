import { z } from 'zod'
import { DELIVERY_STATES, type SubscriptionChange } from '../../issuer/delivery-store.ts'
import { WEBHOOK_EVENT_TYPES } from '../../webhooks/webhook-event.ts'
import { MAX_ENDPOINT_CHARS } from '../delivery/endpoint.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { emptySchema, purposeSchema } from '../http/schema.ts'
import { idSchema, listOf, listQuery, redeliveryAnswer, timeSchema } from './shared.ts'

export interface NewWebhookBody {
  readonly url: string
  readonly types?: readonly string[]
  readonly description?: string
}

export interface WebhookChangeBody extends Pick<SubscriptionChange, 'types'> {
  readonly url?: string
  readonly description?: string
  readonly state?: 'active' | 'paused'
}

/** What can be filtered of a delivery log. */
export const DELIVERY_FILTERS = ['state'] as const

const urlSchema = z.string().max(MAX_ENDPOINT_CHARS).meta({ format: 'uri' })
const typeSchema = z.enum(WEBHOOK_EVENT_TYPES)
const typesSchema = z.array(typeSchema).min(1).max(WEBHOOK_EVENT_TYPES.length)

export const newWebhookSchema: z.ZodType<NewWebhookBody> = named<NewWebhookBody>(
  'NewWebhook',
  z.strictObject({
    url: urlSchema,
    types: z.exactOptional(typesSchema),
    description: z.exactOptional(purposeSchema),
  }),
  { url: 'https://receiver.example/procura', types: ['agent.revoked', 'owner.offboarded'] },
)

export const webhookChangeSchema: z.ZodType<WebhookChangeBody> = named<WebhookChangeBody>(
  'WebhookChange',
  z.strictObject({
    url: z.exactOptional(urlSchema),
    types: z.exactOptional(typesSchema),
    description: z.exactOptional(purposeSchema),
    state: z.exactOptional(z.enum(['active', 'paused'])),
  }),
  { state: 'paused' },
)

export const redeliverySchema: z.ZodType<{ readonly event?: string }> = named(
  'Redelivery',
  z.strictObject({ event: z.exactOptional(z.string()) }),
  { event: 'evt_hG3c6Yl4pWq1rIKZ0UFXoQ8xBdB0bNqYt2m4kM5s7uE' },
)

const webhookAnswer = named(
  'Webhook',
  z.strictObject({
    id: idSchema,
    url: urlSchema,
    types: z.array(typeSchema),
    description: z.exactOptional(z.string()),
    state: z.enum(['active', 'paused']),
    failures: z.int().min(0).meta({ description: 'attempts that failed since something was delivered' }),
    failingSince: z.exactOptional(timeSchema),
    retryAt: z.exactOptional(timeSchema),
    createdAt: timeSchema,
  }),
  {
    id: 'whk_3nD5',
    url: 'https://receiver.example/procura',
    types: ['agent.revoked'],
    state: 'active',
    failures: 0,
    createdAt: '2026-11-22T09:00:00.000Z',
  },
)

const EVENT = {
  id: 'evt_hG3c6Yl4pWq1rIKZ0UFXoQ8xBdB0bNqYt2m4kM5s7uE',
  type: 'agent.revoked',
  time: '2026-11-22T09:00:00.000Z',
  tenant: 'acme',
  target: 'agt_4kQ7',
  owner: 'own_9mZ1',
  agent: 'agt_4kQ7',
  delegations: 2,
  runs: 5,
}

/** The body of what is sent. */
export const webhookEventSchema: z.ZodType = named(
  'WebhookEvent',
  z.strictObject({
    id: z.string(),
    type: z.enum([...WEBHOOK_EVENT_TYPES, 'webhook.test']),
    time: timeSchema,
    tenant: z.string(),
    target: z.string(),
    owner: z.exactOptional(idSchema),
    agent: z.exactOptional(idSchema),
    agents: z.exactOptional(z.int().min(0)),
    delegations: z.exactOptional(z.int().min(0)),
    runs: z.exactOptional(z.int().min(0)),
  }),
  EVENT,
)

const deliveryAnswer = named(
  'WebhookDelivery',
  z.strictObject({
    event: webhookEventSchema,
    state: z.enum(DELIVERY_STATES),
    attempts: z.int().min(0),
    createdAt: timeSchema,
    attemptedAt: z.exactOptional(timeSchema),
    nextAttemptAt: z.exactOptional(timeSchema),
    settledAt: z.exactOptional(timeSchema),
    httpStatus: z.exactOptional(z.int()),
    problem: z.exactOptional(z.string()),
  }),
  {
    event: EVENT,
    state: 'delivered',
    attempts: 1,
    createdAt: '2026-11-22T09:00:00.000Z',
    attemptedAt: '2026-11-22T09:00:00.000Z',
    settledAt: '2026-11-22T09:00:00.000Z',
    httpStatus: 204,
  },
)

const keysAnswer = named(
  'WebhookKeys',
  z.strictObject({
    keys: z.array(
      z.strictObject({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
        use: z.literal('sig'),
        alg: z.literal('EdDSA'),
        kid: z.string(),
      }),
    ),
  }),
  {
    keys: [
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: 'Lm_M42cB3HkUiODQsXRcweM6TByfzEHGO9ND274JcOg',
        use: 'sig',
        alg: 'EdDSA',
        kid: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
      },
    ],
  },
)

const WEBHOOK = { [JSON_TYPE]: webhookAnswer }

type Name = 'create' | 'list' | 'show' | 'change' | 'remove' | 'deliveries' | 'redeliver' | 'test' | 'keys'

export const WEBHOOK_OPERATIONS: Readonly<Record<Name, Operation>> = {
  create: {
    id: 'createWebhook',
    summary: 'Subscribes a URL to events, of the given types or of whatever ends or halts access',
    body: newWebhookSchema,
    isIdempotent: true,
    status: 201,
    answers: WEBHOOK,
    problems: ['idempotency_mismatch', 'quota_exceeded'],
  },
  list: {
    id: 'listWebhooks',
    summary: 'Lists the webhooks, oldest first',
    answers: { [JSON_TYPE]: listOf(webhookAnswer) },
  },
  show: { id: 'getWebhook', summary: 'Shows a webhook, and whether it fails', answers: WEBHOOK },
  change: {
    id: 'changeWebhook',
    summary: 'Changes where a webhook goes or what it is told of, pauses it or lets it go on',
    body: webhookChangeSchema,
    answers: WEBHOOK,
  },
  remove: {
    id: 'deleteWebhook',
    summary: 'Forgets a webhook, with all that it was to be told',
    answers: WEBHOOK,
  },
  deliveries: {
    id: 'listWebhookDeliveries',
    summary: 'Lists what a webhook was told and is to be told, newest first',
    query: listQuery(DELIVERY_FILTERS),
    answers: { [JSON_TYPE]: listOf(deliveryAnswer) },
  },
  redeliver: {
    id: 'redeliverWebhook',
    summary: 'Delivers one event again, or all that were given up',
    body: redeliverySchema,
    answers: { [JSON_TYPE]: redeliveryAnswer },
  },
  test: {
    id: 'testWebhook',
    summary: 'Sends a webhook an event that says nothing, to see whether it arrives',
    body: emptySchema,
    answers: { [JSON_TYPE]: webhookEventSchema },
  },
  keys: {
    id: 'getWebhookKeys',
    summary: 'The keys that webhooks of a tenant are verified with',
    answers: { [JSON_TYPE]: keysAnswer },
  },
}
