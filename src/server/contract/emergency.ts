import { z } from 'zod'
import { EMERGENCY_KINDS, type EmergencyKind } from '../../issuer/emergency-store.ts'
import { isDid, isDidUrl } from '../../model/did.ts'
import { MAX_EMERGENCY_NAME_CHARS } from '../../status/emergency.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { purposeSchema } from '../http/schema.ts'
import { listOf, timeSchema } from './shared.ts'

export interface EmergencyBody {
  readonly kind: EmergencyKind
  readonly name: string
  readonly reason: string
  readonly dryRun?: boolean
}

const KEY = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'

const nameSchema = z
  .string()
  .max(MAX_EMERGENCY_NAME_CHARS)
  .meta({ pattern: '^did:', maxLength: MAX_EMERGENCY_NAME_CHARS })

const BODY = z.strictObject({
  kind: z.enum(EMERGENCY_KINDS),
  name: nameSchema,
  reason: purposeSchema,
  dryRun: z.exactOptional(z.boolean()),
})

export const emergencySchema: z.ZodType<EmergencyBody> = named<EmergencyBody>(
  'NewEmergencyEntry',
  BODY.refine(({ kind, name }) => (kind === 'key' || kind === 'drill' ? isDidUrl(name) : isDid(name)), {
    path: ['name'],
    message: 'must be the id of a key (did:…#…) for a key or a drill, else a DID',
  }),
  { kind: 'owner', name: KEY, reason: 'its key was taken', dryRun: true },
)

const entryAnswer = named(
  'EmergencyEntry',
  z.strictObject({
    number: z.int().min(1),
    kind: z.enum(EMERGENCY_KINDS),
    name: nameSchema,
    reason: z.string(),
    addedAt: timeSchema,
  }),
  { number: 1, kind: 'owner', name: KEY, reason: 'its key was taken', addedAt: '2026-11-22T09:00:00.000Z' },
)

/** Who it is in this registry, and what falls with it; `nobody` may be known elsewhere. */
const previewAnswer = named(
  'EmergencyPreview',
  z.strictObject({
    dryRun: z.literal(true),
    is: z.enum(['authority', 'service_key', 'owner', 'agent', 'nobody']),
    agents: z.exactOptional(z.int().min(0)),
    delegations: z.exactOptional(z.int().min(0)),
    runs: z.exactOptional(z.int().min(0)),
  }),
  { dryRun: true, is: 'owner', agents: 1, delegations: 2, runs: 5 },
)

export const EMERGENCY_OPERATIONS: Readonly<Record<'add' | 'list', Operation>> = {
  add: {
    id: 'addEmergencyEntry',
    summary: 'Lists a key, an owner or the authority as counting no more, for good; or says what that hits',
    body: emergencySchema,
    answers: { [JSON_TYPE]: z.union([entryAnswer, previewAnswer]) },
    problems: ['key_active', 'quota_exceeded'],
  },
  list: {
    id: 'listEmergencyEntries',
    summary: 'Lists what counts no more, oldest first',
    answers: { [JSON_TYPE]: listOf(entryAnswer) },
  },
}
