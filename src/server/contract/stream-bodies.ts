import { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import { named } from '../http/named-schema.ts'
import { SESSION_REVOKED } from '../streams/event-types.ts'
import { POLL, PUSH } from '../streams/stream.ts'
import { isSubject, type Subject } from '../streams/subject.ts'

/** Longest value of the receiver that is sent back or kept, in characters. */
const MAX_TEXT_CHARS = 1_024

/** Most event types that a receiver may ask for, known here or not. */
const MAX_REQUESTED_EVENTS = 64

/** Most tokens of one answer, and most that are acknowledged with one request. */
export const MAX_SETS_PER_POLL = 100

export interface DeliveryBody {
  readonly method: string
  readonly endpoint_url?: string
  readonly authorization_header?: string
}

/** What a receiver supplies; what the transmitter does is only compared. */
export interface StreamBody {
  readonly stream_id?: string
  readonly iss?: string
  readonly aud?: string
  readonly events_requested?: readonly string[]
  readonly delivery?: DeliveryBody
  readonly description?: string
}

export interface StreamStatusBody {
  readonly stream_id: string
  readonly status: StreamStatus
  readonly reason?: string
}

export interface StreamSubjectBody {
  readonly stream_id: string
  readonly subject: Subject
}

export interface PollBody {
  readonly maxEvents?: number
  readonly returnImmediately?: boolean
  readonly ack?: readonly string[]
  readonly setErrs?: Readonly<Record<string, { readonly err: string; readonly description?: string }>>
}

export const STREAM_STATUSES = ['enabled', 'paused', 'disabled'] as const
/** One of {@link STREAM_STATUSES}. */
export type StreamStatus = (typeof STREAM_STATUSES)[number]

const textSchema = z.string().max(MAX_TEXT_CHARS)

/** RFC 9110 §5.5, without what could begin another field. */
const headerSchema = z
  .string()
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/, 'must be one field value of ASCII')

/** Of examples. */
export const EXAMPLE_STREAM_ID = 'str_n6b1Wz3Q2m8'
const STREAM_ID = { stream_id: EXAMPLE_STREAM_ID }

const DELIVERY = z.looseObject({
  method: z.enum([PUSH, POLL]),
  endpoint_url: z.exactOptional(z.string().max(2_048)),
  authorization_header: z.exactOptional(headerSchema),
})

/** Open, as SSF is: members that nobody here knows are ignored. */
const STREAM = z.looseObject({
  stream_id: z.exactOptional(z.string()),
  iss: z.exactOptional(z.string()),
  aud: z.exactOptional(
    z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must have 1 to 255 visible ASCII characters'),
  ),
  events_requested: z.exactOptional(z.array(z.string().max(MAX_TEXT_CHARS)).max(MAX_REQUESTED_EVENTS)),
  delivery: z.exactOptional(DELIVERY),
  description: z.exactOptional(textSchema),
})

export const streamSchema: z.ZodType<StreamBody> = named<StreamBody>('StreamRequest', STREAM, {
  events_requested: [SESSION_REVOKED],
  delivery: { method: POLL },
})

export const streamStatusSchema: z.ZodType<StreamStatusBody> = named<StreamStatusBody>(
  'StreamStatusRequest',
  z.looseObject({
    stream_id: z.string(),
    status: z.enum(STREAM_STATUSES),
    reason: z.exactOptional(textSchema),
  }),
  { ...STREAM_ID, status: 'paused' },
)

const subjectSchema = z
  .custom<Subject>((value) => isSubject(value as JsonObject), 'must be a subject identifier (RFC 9493)')
  .meta({ type: 'object', required: ['format'] })

export const streamSubjectSchema: z.ZodType<StreamSubjectBody> = named<StreamSubjectBody>(
  'StreamSubject',
  z.looseObject({ stream_id: z.string(), subject: subjectSchema }),
  {
    ...STREAM_ID,
    subject: { format: 'did', url: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK' },
  },
)

export const verifyStreamSchema: z.ZodType<{ readonly stream_id: string; readonly state?: string }> = named(
  'StreamVerification',
  z.looseObject({ stream_id: z.string(), state: z.exactOptional(textSchema) }),
  { ...STREAM_ID, state: 'c29tZSBzdGF0ZQ' },
)

export const pollSchema: z.ZodType<PollBody> = named<PollBody>(
  'Poll',
  z.looseObject({
    maxEvents: z.exactOptional(z.int().min(0)),
    returnImmediately: z.exactOptional(z.boolean()),
    ack: z.exactOptional(z.array(z.string()).max(MAX_SETS_PER_POLL)),
    setErrs: z.exactOptional(
      z
        .record(z.string(), z.looseObject({ err: z.string(), description: z.exactOptional(z.string()) }))
        .refine(
          (errors) => Object.keys(errors).length <= MAX_SETS_PER_POLL,
          `must have at most ${MAX_SETS_PER_POLL} members`,
        ),
    ),
  }),
  { maxEvents: 10, returnImmediately: true, ack: [] },
)
