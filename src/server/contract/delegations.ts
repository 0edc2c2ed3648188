import { z } from 'zod'
import { MECHANISMS } from '../../model/chain.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { emptySchema, reasonSchema } from '../http/schema.ts'
import { problemAnswer } from '../openapi/components.ts'
import {
  delegationBatchSchema,
  MAIL,
  newDelegationSchema,
  renewalSchema,
  tighteningSchema,
} from './delegation-bodies.ts'
import { grantsSchema, idSchema, listOf, listQuery, positionSchema, timeSchema } from './shared.ts'

export const delegationAnswer: z.ZodType = named(
  'Delegation',
  z.strictObject({
    id: idSchema,
    agent: idSchema,
    owner: idSchema,
    state: z.enum(['planned', 'active', 'revoked']),
    suspended: z.boolean(),
    validFrom: timeSchema,
    validUntil: timeSchema,
    refreshAt: timeSchema,
    revocationList: z.string().meta({ format: 'uri' }),
    position: positionSchema,
    lease: z.array(z.int().min(0)),
    authorizationDetails: z.exactOptional(grantsSchema),
    inherit: z.exactOptional(z.literal(true)),
    maxDepth: z.int(),
    lifetimeSeconds: z.int(),
    allowStatusless: z.exactOptional(z.boolean()),
    name: z.exactOptional(z.string()),
    mechanism: z.enum(MECHANISMS),
    endsAt: z.exactOptional(timeSchema),
    predecessor: z.exactOptional(idSchema),
    createdAt: timeSchema,
    chain: z.exactOptional(z.array(z.string())),
  }),
  {
    id: 'urn:uuid:0a4f1f62-7f0f-4b8e-8f0e-3b1f5f2f9d10',
    agent: 'agt_4kQ7',
    owner: 'own_9mZ1',
    state: 'active',
    suspended: false,
    validFrom: '2026-11-22T09:00:00.000Z',
    validUntil: '2026-11-23T09:00:00.000Z',
    refreshAt: '2026-11-22T21:00:00.000Z',
    revocationList: 'https://id.example/status/acme/r2',
    position: { list: 2, index: 9113 },
    lease: [70_022],
    authorizationDetails: [MAIL],
    maxDepth: 1,
    lifetimeSeconds: 86_400,
    mechanism: 'vc+jwt',
    createdAt: '2026-11-22T09:00:00.000Z',
  },
)

/** In the order in which they were asked for. */
const batchAnswer = named(
  'DelegationBatch',
  z.strictObject({
    items: z.array(
      z.union([z.strictObject({ delegation: delegationAnswer }), z.strictObject({ problem: problemAnswer })]),
    ),
  }),
  {
    items: [
      {
        problem: {
          type: 'urn:procura:problem:exceeds_entitlements',
          title: 'The delegation is wider than what the owner holds',
          status: 422,
          code: 'exceeds_entitlements',
          instance: 'urn:uuid:5d7a8b1e-11c4-4a5e-9a2e-6a2f7c0e4d21',
          dimension: 'actions',
        },
      },
    ],
  },
)

const chainAnswer = named(
  'Chain',
  z.strictObject({
    chain: z.array(z.string()),
    mechanism: z.enum(MECHANISMS),
    validUntil: timeSchema,
    refreshAt: timeSchema,
    keyDueAt: z.exactOptional(timeSchema),
  }),
  {
    chain: ['eyJ…', 'eyJ…'],
    mechanism: 'vc+jwt',
    validUntil: '2026-11-23T09:00:00.000Z',
    refreshAt: '2026-11-22T21:00:00.000Z',
  },
)

/** By what the list can be filtered. */
export const DELEGATION_FILTERS: readonly string[] = ['owner', 'agent']

const DELEGATION = { [JSON_TYPE]: delegationAnswer }

const CHAIN = {
  [JSON_TYPE]: chainAnswer,
  'application/vc+jwt': z.string(),
  'application/vc': z.looseObject({}),
  'application/vc+sd-jwt': z.string(),
}

const MECHANISM_QUERY = { mechanism: { type: 'string', enum: [...MECHANISMS] } }

/** Why nothing is issued at present. */
const STANDING = ['owner_offboarded', 'owner_suspended', 'agent_ended', 'agent_suspended'] as const

export const DELEGATION_OPERATIONS: Readonly<
  Record<
    | 'create'
    | 'createBatch'
    | 'list'
    | 'show'
    | 'tighten'
    | 'credential'
    | 'renew'
    | 'suspend'
    | 'resume'
    | 'revoke',
    Operation
  >
> = {
  create: {
    id: 'createDelegation',
    summary: 'Issues a delegation to an agent, within what the owner holds',
    body: newDelegationSchema,
    isIdempotent: true,
    status: 201,
    answers: DELEGATION,
    problems: [
      'not_found',
      'exceeds_entitlements',
      'quota_exceeded',
      'changed_meanwhile',
      'delegation_ended',
      'idempotency_mismatch',
      ...STANDING,
    ],
  },
  createBatch: {
    id: 'createDelegations',
    summary: 'Issues several delegations, each by itself',
    body: delegationBatchSchema,
    isIdempotent: true,
    answers: { [JSON_TYPE]: batchAnswer },
  },
  list: {
    id: 'listDelegations',
    summary: 'Lists delegations, oldest first, without their chains',
    query: listQuery(DELEGATION_FILTERS),
    answers: { [JSON_TYPE]: listOf(delegationAnswer) },
  },
  show: { id: 'getDelegation', summary: 'Shows a delegation with its chain', answers: DELEGATION },
  tighten: {
    id: 'narrowDelegation',
    summary: 'Narrows a delegation: answers its successor, with which it is revoked',
    body: tighteningSchema,
    answers: DELEGATION,
    problems: [
      'exceeds_delegation',
      'exceeds_entitlements',
      'delegation_ended',
      'delegation_expired',
      'delegation_suspended',
      'changed_meanwhile',
      'quota_exceeded',
      ...STANDING,
    ],
  },
  credential: {
    id: 'getDelegationCredential',
    summary: 'Answers the chain, or link 1 alone, in a form that Accept and mechanism choose',
    query: MECHANISM_QUERY,
    answers: CHAIN,
    problems: [
      'not_acceptable',
      'delegation_ended',
      'delegation_suspended',
      'changed_meanwhile',
      ...STANDING,
    ],
  },
  renew: {
    id: 'renewDelegation',
    summary: 'Renews link 1 when half its life is over, or when more leased indexes are wanted',
    query: MECHANISM_QUERY,
    body: renewalSchema,
    answers: CHAIN,
    problems: [
      'not_acceptable',
      'delegation_ended',
      'delegation_expired',
      'delegation_suspended',
      'not_renewable',
      'quota_exceeded',
      'changed_meanwhile',
      ...STANDING,
    ],
  },
  suspend: {
    id: 'suspendDelegation',
    summary: 'Places a hold',
    body: reasonSchema,
    answers: DELEGATION,
    problems: ['delegation_ended'],
  },
  resume: {
    id: 'resumeDelegation',
    summary: 'Lifts the hold',
    body: emptySchema,
    answers: DELEGATION,
    problems: ['delegation_ended', 'not_suspended', 'outranked'],
  },
  revoke: {
    id: 'revokeDelegation',
    summary: 'Revokes the delegation, for good',
    body: reasonSchema,
    answers: DELEGATION,
  },
}
