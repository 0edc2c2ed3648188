import { z } from 'zod'
import { SIGNAL_ALGORITHMS, type SignalAlgorithm } from '../../issuer/signal-store.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { idSchema, listOf, timeSchema } from './shared.ts'

/** Media type of a security event token (RFC 8417 §7.2). */
export const SET_MEDIA_TYPE = 'application/secevent+jwt'

export interface NewTransmitterBody {
  readonly issuer: string
  readonly audience: string
  readonly subjectIssuer?: string
  readonly algorithm?: SignalAlgorithm
  readonly authorization?: string
  readonly pollUrl?: string
  readonly lifts?: boolean
}

const issuerSchema = z.string().min(1).max(256)

export const newTransmitterSchema: z.ZodType<NewTransmitterBody> = named<NewTransmitterBody>(
  'NewTransmitter',
  z.strictObject({
    issuer: issuerSchema,
    audience: z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must have 1 to 255 visible ASCII characters'),
    subjectIssuer: z.exactOptional(issuerSchema),
    algorithm: z.exactOptional(z.enum(SIGNAL_ALGORITHMS)),
    authorization: z.exactOptional(
      z
        .string()
        .regex(/^[\x21-\x7e][\x20-\x7e]{20,1022}[\x21-\x7e]$/, 'must have 22 to 1024 ASCII characters'),
    ),
    pollUrl: z.exactOptional(z.url().max(2048)),
    lifts: z.exactOptional(z.boolean()),
  }),
  { issuer: 'https://login.example', audience: 'https://id.example/signals' },
)

const transmitterAnswer = named(
  'Transmitter',
  z.strictObject({
    id: idSchema,
    issuer: z.string(),
    subjectIssuer: z.string(),
    audience: z.string(),
    algorithm: z.enum(SIGNAL_ALGORITHMS),
    endpoint: z.exactOptional(z.string().meta({ description: 'where it brings its events (RFC 8935)' })),
    pollUrl: z.exactOptional(z.string().meta({ description: 'where they are fetched (RFC 8936)' })),
    authorization: z.boolean().meta({ description: 'whether it must send along what was agreed' }),
    lifts: z.boolean(),
    createdAt: timeSchema,
    receivedAt: z.exactOptional(timeSchema),
    verifiedAt: z.exactOptional(timeSchema),
    stream: z.exactOptional(z.enum(['enabled', 'paused', 'disabled'])),
    refused: z.exactOptional(z.strictObject({ count: z.int().min(1), last: z.string(), lastAt: timeSchema })),
  }),
  {
    id: 'trm_4kQ7',
    issuer: 'https://login.example',
    subjectIssuer: 'https://login.example',
    audience: 'https://id.example/signals',
    algorithm: 'RS256',
    endpoint: 'https://id.example/signals/acme/trm_4kQ7',
    authorization: true,
    lifts: false,
    createdAt: '2026-11-22T09:00:00.000Z',
  },
)

const setErrorAnswer = z.strictObject({ err: z.string(), description: z.string() })

const TRANSMITTER = { [JSON_TYPE]: transmitterAnswer }

export const TRANSMITTER_OPERATIONS: Readonly<Record<'add' | 'list' | 'remove' | 'receive', Operation>> = {
  add: {
    id: 'addTransmitter',
    summary: 'Lets an identity provider tell of accounts that are disabled or purged',
    body: newTransmitterSchema,
    status: 201,
    answers: TRANSMITTER,
    problems: ['quota_exceeded'],
  },
  list: {
    id: 'listTransmitters',
    summary: 'Lists who may tell of accounts, and what came last, oldest first',
    answers: { [JSON_TYPE]: listOf(transmitterAnswer) },
  },
  remove: {
    id: 'removeTransmitter',
    summary: 'Takes nothing from it any more; the holds that it placed stand',
    answers: TRANSMITTER,
  },
  receive: {
    id: 'receiveSecurityEvent',
    summary: 'Takes a security event token of a transmitter (RFC 8935)',
    text: SET_MEDIA_TYPE,
    status: 202,
    answers: {},
    error: setErrorAnswer,
    problems: ['unsupported_media_type', 'body_too_large'],
  },
}
