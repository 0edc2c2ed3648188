import { z } from 'zod'
import { ROTATABLE_USES, type RotatableUse } from '../../issuer/key-store.ts'
import { PARTY_USES, type PartyUse } from '../../issuer/lifecycle-store.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { purposeSchema, wholeSchema } from '../http/schema.ts'
import { listOf, timeSchema } from './shared.ts'

/** Longest time that the next key stands in the document before it signs, in seconds: 30 days. */
const MAX_PROPAGATION_SECONDS = 2_592_000

/** Days between two rotations by schedule: the next key needs one, and what runs once in more than a year is forgotten. */
const MIN_ROTATION_DAYS = 7
const MAX_ROTATION_DAYS = 366

export interface KeyRotationBody {
  readonly use: RotatableUse
  readonly grace?: 0
  readonly propagationSeconds?: number
  readonly signer?: string
}

export interface KeyScheduleBody {
  readonly use: RotatableUse | PartyUse
  readonly rotateAfterDays?: number
}

const useSchema = z.enum(ROTATABLE_USES)

export const keyRotationSchema: z.ZodType<KeyRotationBody> = named<KeyRotationBody>(
  'KeyRotation',
  z
    .strictObject({
      use: useSchema,
      grace: z.exactOptional(z.literal(0)),
      propagationSeconds: z.exactOptional(wholeSchema(0, MAX_PROPAGATION_SECONDS, 'seconds')),
      signer: z.exactOptional(z.string()),
    })
    .refine(({ grace, propagationSeconds }) => grace === undefined || propagationSeconds === undefined, {
      path: ['propagationSeconds'],
      message: 'must be left out with grace 0: the next key signs at once',
    })
    .refine(({ use, signer }) => signer === undefined || use === 'authority' || use === 'status', {
      path: ['signer'],
      message:
        'must be left out for the audit trail, webhooks and security events, whose keys are their own names',
    }),
  { use: 'authority' },
)

export const keyScheduleSchema: z.ZodType<KeyScheduleBody> = named<KeyScheduleBody>(
  'KeySchedule',
  z.strictObject({
    use: z.enum([...ROTATABLE_USES, ...PARTY_USES]),
    rotateAfterDays: z.exactOptional(wholeSchema(MIN_ROTATION_DAYS, MAX_ROTATION_DAYS, 'days')),
  }),
  { use: 'status', rotateAfterDays: 30 },
)

export const keyRevocationSchema: z.ZodType<{ readonly id: string; readonly reason: string }> = named(
  'KeyRevocation',
  z.strictObject({ id: z.string(), reason: purposeSchema }),
  { id: 'did:web:id.example#key-1', reason: 'nothing of it is in use any more' },
)

const keyAnswer = named(
  'ServiceKey',
  z.strictObject({
    id: z.string(),
    use: useSchema,
    state: z.enum(['prepared', 'active', 'retiring', 'revoked']),
    publicKeyMultibase: z.exactOptional(z.string()),
    createdAt: timeSchema,
    activateAt: z.exactOptional(timeSchema),
    retiredAt: z.exactOptional(timeSchema),
    revokeAt: z.exactOptional(timeSchema),
    rotateAfterDays: z.exactOptional(z.int()),
  }),
  {
    id: 'did:web:id.example#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
    use: 'authority',
    state: 'prepared',
    publicKeyMultibase: 'z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
    createdAt: '2026-11-22T09:00:00.000Z',
    activateAt: '2026-11-23T09:05:00.000Z',
  },
)

const partyScheduleAnswer = named(
  'PartyKeySchedule',
  z.strictObject({ use: z.enum(PARTY_USES), rotateAfterDays: z.exactOptional(z.int()) }),
  { use: 'owner', rotateAfterDays: 90 },
)

const KEY = { [JSON_TYPE]: keyAnswer }

export const KEY_OPERATIONS: Readonly<
  Record<'list' | 'rotate' | 'schedule' | 'schedules' | 'revoke', Operation>
> = {
  list: {
    id: 'listKeys',
    summary:
      'Lists the keys of authority, status issuer, audit trail, webhooks and security events, oldest first',
    answers: { [JSON_TYPE]: listOf(keyAnswer) },
  },
  rotate: {
    id: 'rotateKey',
    summary: 'Replaces a key: with time for verifiers to learn of the next one, or with grace 0 at once',
    body: keyRotationSchema,
    answers: KEY,
    problems: ['not_found', 'key_is_did', 'quota_exceeded'],
  },
  schedule: {
    id: 'scheduleKeyRotation',
    summary: 'Has a key replaced whenever it has signed for so many days, or, without a number, no more',
    body: keyScheduleSchema,
    answers: { [JSON_TYPE]: z.union([keyAnswer, partyScheduleAnswer]) },
    problems: ['not_found', 'key_is_did'],
  },
  schedules: {
    id: 'listPartyKeySchedules',
    summary: 'Lists after how many days owners and agents get other keys',
    answers: { [JSON_TYPE]: listOf(partyScheduleAnswer) },
  },
  revoke: {
    id: 'revokeKey',
    summary: 'Revokes a key that does not sign yet, or no more, before its time',
    body: keyRevocationSchema,
    answers: KEY,
    problems: ['not_found', 'key_active'],
  },
}
