import { z } from 'zod'
import { MAX_TICKET_MS } from '../../issuer/enrol-agent.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { nameSchema, purposeSchema, reasonSchema, wholeSchema } from '../http/schema.ts'
import { agentAnswer, type NewAgentBody, softwareSchema } from './agents.ts'
import { type DelegationTermsBody, delegationTermsSchema } from './delegation-bodies.ts'
import { delegationAnswer } from './delegations.ts'
import { idSchema, listOf, listQuery, timeSchema } from './shared.ts'

/** An agent that is invited: all but its key, which it brings. */
export interface NewEnrolmentBody extends Omit<NewAgentBody, 'did'> {
  readonly delegation?: DelegationTermsBody
  readonly lifetimeSeconds?: number
}

/** How long a ticket is good, and when nothing is said. */
export const MAX_TICKET_SECONDS: number = MAX_TICKET_MS / 1000

export const newEnrolmentSchema: z.ZodType<NewEnrolmentBody> = named<NewEnrolmentBody>(
  'NewEnrolment',
  z.strictObject({
    owner: z.string(),
    name: nameSchema,
    purpose: purposeSchema,
    mode: z.exactOptional(z.enum(['delegated', 'autonomous'])),
    software: z.exactOptional(softwareSchema),
    delegation: z.exactOptional(delegationTermsSchema),
    lifetimeSeconds: z.exactOptional(wholeSchema(1, MAX_TICKET_SECONDS, 'seconds')),
  }),
  { owner: 'own_9mZ1', name: 'Triage', purpose: 'sorts mail', delegation: { inherit: true } },
)

const TICKET = 'acme.dGhpcyB0aWNrZXQgaXMgb25seSBhbiBleGFtcGxlLi4'

export const redemptionSchema: z.ZodType<{ readonly ticket: string }> = named(
  'Redemption',
  z.strictObject({ ticket: z.string() }),
  { ticket: TICKET },
)

const enrolmentAnswer = named(
  'Enrolment',
  z.strictObject({
    id: idSchema,
    agent: idSchema,
    owner: idSchema,
    ticket: z.string().meta({ description: 'shown once; single use' }),
    expiresAt: timeSchema,
  }),
  {
    id: 'enr_3nD5',
    agent: 'agt_4kQ7',
    owner: 'own_9mZ1',
    ticket: TICKET,
    expiresAt: '2026-11-22T09:15:00.000Z',
  },
)

const enrolledAnswer = named(
  'EnrolledAgent',
  z.strictObject({ agent: agentAnswer, delegation: z.exactOptional(delegationAnswer) }),
  {
    agent: {
      id: 'agt_4kQ7',
      owner: 'own_9mZ1',
      did: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
      name: 'Triage',
      purpose: 'sorts mail',
      mode: 'delegated',
      state: 'active',
      suspended: false,
      createdAt: '2026-11-22T09:00:00.000Z',
    },
  },
)

const invitationAnswer = named(
  'Invitation',
  z.strictObject({
    id: idSchema,
    agent: idSchema.meta({ description: 'of the agent that the ticket will make' }),
    owner: idSchema,
    name: nameSchema,
    purpose: purposeSchema,
    mode: z.enum(['delegated', 'autonomous']),
    delegates: z.boolean().meta({ description: 'whether something is delegated to it at once' }),
    createdBy: z.string(),
    expiresAt: timeSchema,
  }),
  {
    id: 'enr_3nD5',
    agent: 'agt_4kQ7',
    owner: 'own_9mZ1',
    name: 'Triage',
    purpose: 'sorts mail',
    mode: 'delegated',
    delegates: true,
    createdBy: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
    expiresAt: '2026-11-22T09:15:00.000Z',
  },
)

export const ENROLMENT_FILTERS = ['owner'] as const

export const ENROLMENT_OPERATIONS: Readonly<Record<'create' | 'list' | 'withdraw' | 'redeem', Operation>> = {
  create: {
    id: 'inviteAgent',
    summary: 'Makes a single-use ticket with which an agent enrols itself, by its own key',
    body: newEnrolmentSchema,
    status: 201,
    answers: { [JSON_TYPE]: enrolmentAnswer },
    problems: ['owner_required', 'owner_offboarded', 'owner_suspended', 'exceeds_entitlements'],
  },
  list: {
    id: 'listInvitations',
    summary:
      'Lists the tickets that are still good, without what makes them so, the one that ends first first',
    query: listQuery(ENROLMENT_FILTERS),
    answers: { [JSON_TYPE]: listOf(invitationAnswer) },
  },
  withdraw: {
    id: 'withdrawInvitation',
    summary: 'Makes a ticket worth nothing before anybody has used it',
    body: reasonSchema,
    answers: { [JSON_TYPE]: invitationAnswer },
    problems: ['ticket_used'],
  },
  redeem: {
    id: 'enrolAgent',
    summary:
      'Makes the agent that a ticket stands for, with the key that signs, and issues what the ticket carries',
    body: redemptionSchema,
    status: 201,
    answers: { [JSON_TYPE]: enrolledAnswer },
    problems: [
      'ticket_invalid',
      'did_in_use',
      'owner_offboarded',
      'owner_suspended',
      'agent_ended',
      'agent_suspended',
      'exceeds_entitlements',
      'quota_exceeded',
      'changed_meanwhile',
      'delegation_ended',
    ],
  },
}
