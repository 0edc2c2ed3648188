import { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import type { OidcSubject } from '../../issuer/principal-id.ts'
import type { Did } from '../../model/did.ts'
import { MAX_REVOKERS } from '../../model/parse-owner-subject.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import {
  detailsSchema,
  didSchema,
  emptySchema,
  graceSchema,
  nameSchema,
  reasonSchema,
  tokenSchema,
} from '../http/schema.ts'
import { cascadeSchema, previewAnswer } from './cascade.ts'
import { oidcSubjectSchema } from './registry.ts'
import { anyDidSchema, grantsSchema, idSchema, listOf, listQuery, timeSchema } from './shared.ts'

/** An owner that is asked for. */
export interface NewOwnerBody {
  readonly name: string
  readonly accountable: string
  readonly team?: string
  readonly subject?: OidcSubject
  readonly assurance?: string
  readonly environment?: string
  readonly entitlements: readonly JsonObject[]
  readonly revokers?: readonly Did[]
  readonly principal?: Did
}

const MAIL = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }

export const newOwnerSchema: z.ZodType<NewOwnerBody> = named<NewOwnerBody>(
  'NewOwner',
  z.strictObject({
    name: nameSchema,
    accountable: nameSchema,
    team: z.exactOptional(nameSchema),
    subject: z.exactOptional(oidcSubjectSchema),
    assurance: z.exactOptional(tokenSchema),
    environment: z.exactOptional(tokenSchema),
    entitlements: detailsSchema,
    revokers: z.exactOptional(z.array(didSchema).max(MAX_REVOKERS)),
    principal: z.exactOptional(didSchema),
  }),
  { name: 'Support', accountable: 'Ada Lovelace', entitlements: [MAIL] },
)

/** What shall be different. */
export interface OwnerChangesBody {
  readonly name?: string
  readonly accountable?: string
  readonly team?: string | null
  readonly subject?: OidcSubject | null
  readonly assurance?: string
  readonly entitlements?: readonly JsonObject[]
  readonly revokers?: readonly Did[]
}

export const ownerChangesSchema: z.ZodType<OwnerChangesBody> = named<OwnerChangesBody>(
  'OwnerChanges',
  z.strictObject({
    name: z.exactOptional(nameSchema),
    accountable: z.exactOptional(nameSchema),
    team: z.exactOptional(nameSchema.nullable()),
    subject: z.exactOptional(oidcSubjectSchema.nullable()),
    assurance: z.exactOptional(tokenSchema),
    entitlements: z.exactOptional(detailsSchema),
    revokers: z.exactOptional(z.array(didSchema).max(MAX_REVOKERS)),
  }),
  { entitlements: [MAIL] },
)

export const ownerKeySchema: z.ZodType<{ readonly graceSeconds?: number }> = named(
  'OwnerKey',
  z.strictObject({ graceSeconds: z.exactOptional(graceSchema) }),
  { graceSeconds: 3600 },
)

const ownerAnswer = named(
  'Owner',
  z.strictObject({
    id: idSchema,
    did: anyDidSchema,
    name: z.string(),
    accountable: z.string().meta({ description: 'opaque id of the human, as the credential has it' }),
    accountableName: z.string(),
    team: z.exactOptional(z.string()),
    subject: z.exactOptional(oidcSubjectSchema),
    assurance: z.string(),
    environment: z.string(),
    entitlements: grantsSchema,
    revokers: z.array(anyDidSchema),
    state: z.enum(['active', 'offboarded']),
    suspended: z.boolean(),
    keyDueAt: z.exactOptional(timeSchema),
    createdAt: timeSchema,
    credential: z.exactOptional(z.string()),
  }),
  {
    id: 'own_9mZ1',
    did: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
    name: 'Support',
    accountable: 'urn:uuid:1f2c4c1e-9a37-4b64-8f0a-2a54cf3f5a11',
    accountableName: 'Ada Lovelace',
    assurance: 'mfa',
    environment: 'production',
    entitlements: [MAIL],
    revokers: [],
    state: 'active',
    suspended: false,
    createdAt: '2026-11-22T09:00:00.000Z',
  },
)

const offboardingAnswer = named(
  'Offboarding',
  z.strictObject({
    ownerId: idSchema,
    cascadeId: idSchema,
    agents: z.int().min(0),
    delegations: z.int().min(0),
    runs: z.int().min(0),
  }),
  { ownerId: 'own_9mZ1', cascadeId: 'csc_1', agents: 2, delegations: 3, runs: 5 },
)

const OWNER = { [JSON_TYPE]: ownerAnswer }

export const OWNER_OPERATIONS: Readonly<
  Record<'create' | 'list' | 'show' | 'update' | 'rotate' | 'suspend' | 'resume' | 'offboard', Operation>
> = {
  create: {
    id: 'createOwner',
    summary: 'Makes an owner with a key in custody, and issues the OwnerCredential',
    body: newOwnerSchema,
    isIdempotent: true,
    status: 201,
    answers: OWNER,
    problems: ['did_in_use', 'idempotency_mismatch', 'changed_meanwhile', 'owner_suspended'],
  },
  list: {
    id: 'listOwners',
    summary: 'Lists owners, oldest first',
    query: listQuery([]),
    answers: { [JSON_TYPE]: listOf(ownerAnswer) },
  },
  show: { id: 'getOwner', summary: 'Shows an owner with the present credential', answers: OWNER },
  update: {
    id: 'updateOwner',
    summary:
      'Changes what an owner holds and is; what the present credential says too much of, it loses at once',
    body: ownerChangesSchema,
    answers: OWNER,
    problems: ['owner_offboarded', 'changed_meanwhile', 'did_in_use'],
  },
  rotate: {
    id: 'rotateOwnerKey',
    summary:
      'Gives the owner another key in custody; what rests on the old one can be presented until the grace ends',
    body: ownerKeySchema,
    answers: OWNER,
    problems: ['owner_offboarded', 'owner_suspended', 'changed_meanwhile'],
  },
  suspend: {
    id: 'suspendOwner',
    summary: 'Places a hold: nothing below is issued, renewed, leased or registered',
    body: reasonSchema,
    answers: OWNER,
    problems: ['owner_offboarded'],
  },
  resume: {
    id: 'resumeOwner',
    summary: 'Lifts the hold',
    body: emptySchema,
    answers: OWNER,
    problems: ['owner_offboarded', 'not_suspended', 'outranked'],
  },
  offboard: {
    id: 'offboardOwner',
    summary: 'Ends the owner and everything below, for good; or says what would end',
    body: cascadeSchema,
    answers: { [JSON_TYPE]: z.union([offboardingAnswer, previewAnswer]) },
  },
}
