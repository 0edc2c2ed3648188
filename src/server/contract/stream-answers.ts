import { z } from 'zod'
import { named } from '../http/named-schema.ts'
import { SESSION_REVOKED, SUPPORTED_EVENTS } from '../streams/event-types.ts'
import { POLL, PUSH } from '../streams/stream.ts'
import { idSchema, timeSchema } from './shared.ts'
import { EXAMPLE_STREAM_ID, STREAM_STATUSES } from './stream-bodies.ts'

const STREAM_ID = { stream_id: EXAMPLE_STREAM_ID }

const deliveryAnswer = z.strictObject({ method: z.enum([PUSH, POLL]), endpoint_url: z.string() })

export const streamAnswer: z.ZodType = named(
  'Stream',
  z.strictObject({
    stream_id: idSchema,
    iss: z.string(),
    aud: z.string(),
    events_supported: z.array(z.string()),
    events_requested: z.exactOptional(z.array(z.string())),
    events_delivered: z.array(z.string()),
    delivery: deliveryAnswer,
    min_verification_interval: z.int(),
    description: z.exactOptional(z.string()),
  }),
  {
    ...STREAM_ID,
    iss: 'https://id.example',
    aud: 'https://mail.example/',
    events_supported: [...SUPPORTED_EVENTS],
    events_delivered: [SESSION_REVOKED],
    delivery: {
      method: POLL,
      endpoint_url: `https://id.example/v1/signals/streams/${EXAMPLE_STREAM_ID}/poll`,
    },
    min_verification_interval: 30,
  },
)

export const statusAnswer: z.ZodType = named(
  'StreamStatus',
  z.strictObject({
    stream_id: idSchema,
    status: z.enum(STREAM_STATUSES),
    reason: z.exactOptional(z.string()),
  }),
  { ...STREAM_ID, status: 'enabled' },
)

export const setsAnswer: z.ZodType = named(
  'PolledSets',
  z.strictObject({ sets: z.record(z.string(), z.string()), moreAvailable: z.exactOptional(z.literal(true)) }),
  { sets: {} },
)

/** How operators see it: whose it is, and how it fares. */
export const listedAnswer: z.ZodType = named(
  'ListedStream',
  z.strictObject({
    id: idSchema,
    receiver: z.string(),
    audience: z.string(),
    method: z.enum(['push', 'poll']),
    host: z.exactOptional(z.string()),
    events: z.array(z.string()),
    status: z.enum(STREAM_STATUSES),
    reason: z.exactOptional(z.string()),
    failures: z.int(),
    failingSince: z.exactOptional(timeSchema),
    createdAt: timeSchema,
  }),
  {
    id: EXAMPLE_STREAM_ID,
    receiver: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
    audience: 'https://mail.example/',
    method: 'poll',
    events: [SESSION_REVOKED],
    status: 'enabled',
    failures: 0,
    createdAt: '2026-11-22T09:00:00.000Z',
  },
)

export const configurationAnswer: z.ZodType = z.looseObject({
  issuer: z.string(),
  jwks_uri: z.string(),
  spec_version: z.literal('1_0'),
})

const setJwkSchema = z.strictObject({
  kty: z.literal('RSA'),
  n: z.string(),
  e: z.string(),
  use: z.literal('sig'),
  alg: z.literal('RS256'),
  kid: z.string(),
})

export const keysAnswer: z.ZodType = named('SignalsKeys', z.strictObject({ keys: z.array(setJwkSchema) }), {
  keys: [
    {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs',
      e: 'AQAB',
      use: 'sig',
      alg: 'RS256',
      kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    },
  ],
})
