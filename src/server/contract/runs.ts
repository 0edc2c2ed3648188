import { z } from 'zod'
import { MAX_CHAIN_LINKS, MAX_CREDENTIAL_BYTES } from '../../model/credential.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { emptySchema, purposeSchema, reasonSchema } from '../http/schema.ts'
import { anyDidSchema, idSchema, listOf, listQuery, positionSchema, timeSchema } from './shared.ts'

/** Link 1 and at least one below it, of a chain of {@link MAX_CHAIN_LINKS}; the owner's credential is the service's own. */
export const newRunSchema: z.ZodType<{ readonly chain: readonly string[] }> = named(
  'NewRun',
  z.strictObject({
    chain: z
      .array(z.string().max(MAX_CREDENTIAL_BYTES))
      .min(2)
      .max(MAX_CHAIN_LINKS - 1),
  }),
  { chain: ['eyJ…', 'eyJ…'] },
)

const runAnswer = named(
  'Run',
  z.strictObject({
    id: idSchema,
    kind: z.enum(['Run', 'SubAgent']),
    name: z.exactOptional(z.string()),
    delegation: idSchema,
    parent: idSchema,
    subject: anyDidSchema,
    position: positionSchema,
    lineage: z.looseObject({}),
    predecessor: z.exactOptional(idSchema),
    state: z.enum(['active', 'completed', 'revoked']),
    validUntil: timeSchema,
    createdAt: timeSchema,
  }),
  {
    id: 'urn:uuid:5d7a8b1e-11c4-4a5e-9a2e-6a2f7c0e4d21',
    kind: 'Run',
    delegation: 'urn:uuid:0a4f1f62-7f0f-4b8e-8f0e-3b1f5f2f9d10',
    parent: 'urn:uuid:0a4f1f62-7f0f-4b8e-8f0e-3b1f5f2f9d10',
    subject: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
    position: { list: 2, index: 70_022 },
    lineage: { rootTask: 'triage', run: 'run-1' },
    state: 'active',
    validUntil: '2026-11-22T09:15:00.000Z',
    createdAt: '2026-11-22T09:00:00.000Z',
  },
)

/** By what the list can be filtered. */
export const RUN_FILTERS: readonly string[] = ['parent', 'delegation', 'owner', 'agent']

const RUN = { [JSON_TYPE]: runAnswer }

export const RUN_OPERATIONS: Readonly<
  Record<'register' | 'list' | 'show' | 'complete' | 'revoke', Operation>
> = {
  register: {
    id: 'registerRun',
    summary: 'Registers a credential that the agent signed under a leased index',
    body: newRunSchema,
    isIdempotent: true,
    status: 201,
    answers: RUN,
    problems: [
      'not_found',
      'chain_refused',
      'not_your_lease',
      'already_registered',
      'did_in_use',
      'run_ended',
      'delegation_ended',
      'delegation_suspended',
      'owner_offboarded',
      'owner_suspended',
      'agent_ended',
      'agent_suspended',
      'idempotency_mismatch',
    ],
  },
  list: {
    id: 'listRuns',
    summary: 'Lists registered runs and sub-agents, oldest first',
    query: listQuery(RUN_FILTERS),
    answers: { [JSON_TYPE]: listOf(runAnswer) },
  },
  show: { id: 'getRun', summary: 'Shows a run', answers: RUN },
  complete: {
    id: 'completeRun',
    summary: 'Ends a run whose work is done',
    body: emptySchema,
    answers: RUN,
    problems: ['run_ended'],
  },
  revoke: { id: 'revokeRun', summary: 'Revokes a run', body: reasonSchema, answers: RUN },
}

/** A leased index, as a credential names it. */
export interface LeaseBody {
  readonly statusListCredential: string
  readonly statusListIndex: string
}

const position = {
  statusListCredential: z.string(),
  statusListIndex: z
    .string()
    .regex(/^(0|[1-9]\d{0,5})$/, 'must be a decimal number in quotes, as in a credential'),
}

const LEASED = { statusListCredential: 'https://id.example/status/acme/r2', statusListIndex: '70022' }

export const resumeLeaseSchema: z.ZodType<LeaseBody> = named('LeasedIndex', z.strictObject(position), LEASED)

export const endLeaseSchema: z.ZodType<LeaseBody & { readonly reason: string }> = named(
  'LeasedIndexWithReason',
  z.strictObject({ ...position, reason: purposeSchema }),
  { ...LEASED, reason: 'the run went astray' },
)

const LEASE = {
  [JSON_TYPE]: named(
    'LeaseState',
    z.strictObject({ ...position, state: z.enum(['active', 'suspended', 'revoked']) }),
    { ...LEASED, state: 'revoked' },
  ),
}

const LEASE_PROBLEMS = ['not_found', 'not_your_lease', 'run_ended', 'delegation_ended'] as const

export const LEASE_OPERATIONS: Readonly<Record<'revoke' | 'suspend' | 'resume', Operation>> = {
  revoke: {
    id: 'revokeLease',
    summary: 'Revokes a leased index, registered or not',
    body: endLeaseSchema,
    answers: LEASE,
    problems: LEASE_PROBLEMS,
  },
  suspend: {
    id: 'suspendLease',
    summary: 'Suspends a leased index',
    body: endLeaseSchema,
    answers: LEASE,
    problems: LEASE_PROBLEMS,
  },
  resume: {
    id: 'resumeLease',
    summary: 'Resumes a leased index',
    body: resumeLeaseSchema,
    answers: LEASE,
    problems: [...LEASE_PROBLEMS, 'not_suspended', 'outranked'],
  },
}
