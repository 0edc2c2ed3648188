import { z } from 'zod'
import type { AgentChanges } from '../../issuer/agent-store.ts'
import type { Mode } from '../../model/credential.ts'
import type { Did } from '../../model/did.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import {
  didSchema,
  emptySchema,
  graceSchema,
  nameSchema,
  purposeSchema,
  reasonSchema,
} from '../http/schema.ts'
import { cascadeSchema, previewAnswer } from './cascade.ts'
import { anyDidSchema, idSchema, listOf, listQuery, timeSchema } from './shared.ts'

/** An agent that is asked for. */
export interface NewAgentBody {
  readonly owner: string
  readonly did: Did
  readonly name: string
  readonly purpose: string
  readonly mode?: Mode
  readonly software?: { readonly name: string; readonly version: string }
}

/** Another key for an agent. */
export interface AgentKeyBody {
  readonly did: Did
  readonly graceSeconds?: number
}

const DID = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'

export const softwareSchema: z.ZodType<{ readonly name: string; readonly version: string }> = z.strictObject({
  name: nameSchema,
  version: nameSchema,
})

export const newAgentSchema: z.ZodType<NewAgentBody> = named<NewAgentBody>(
  'NewAgent',
  z.strictObject({
    owner: z.string(),
    did: didSchema,
    name: nameSchema,
    purpose: purposeSchema,
    mode: z.exactOptional(z.enum(['delegated', 'autonomous'])),
    software: z.exactOptional(softwareSchema),
  }),
  { owner: 'own_9mZ1', did: DID, name: 'Triage', purpose: 'sorts mail' },
)

export const agentChangesSchema: z.ZodType<AgentChanges> = named<AgentChanges>(
  'AgentChanges',
  z
    .strictObject({
      name: z.exactOptional(nameSchema),
      purpose: z.exactOptional(purposeSchema),
      software: z.exactOptional(softwareSchema),
    })
    .refine((changes) => Object.keys(changes).length > 0, 'must have "name", "purpose" or "software"'),
  { purpose: 'sorts mail and answers it' },
)

export const agentKeySchema: z.ZodType<AgentKeyBody> = named<AgentKeyBody>(
  'AgentKey',
  z.strictObject({ did: didSchema, graceSeconds: z.exactOptional(graceSchema) }),
  { did: DID, graceSeconds: 3600 },
)

export const agentAnswer: z.ZodType = named(
  'Agent',
  z.strictObject({
    id: idSchema,
    owner: idSchema,
    did: anyDidSchema,
    name: z.string(),
    purpose: z.string(),
    mode: z.enum(['delegated', 'autonomous']),
    software: z.exactOptional(z.strictObject({ name: z.string(), version: z.string() })),
    state: z.enum(['active', 'revoked']),
    suspended: z.boolean(),
    keyDueAt: z.exactOptional(timeSchema),
    createdAt: timeSchema,
  }),
  {
    id: 'agt_4kQ7',
    owner: 'own_9mZ1',
    did: DID,
    name: 'Triage',
    purpose: 'sorts mail',
    mode: 'delegated',
    state: 'active',
    suspended: false,
    createdAt: '2026-11-22T09:00:00.000Z',
  },
)

/** By what the list can be filtered. */
export const AGENT_FILTERS: readonly string[] = ['owner']

const AGENT = { [JSON_TYPE]: agentAnswer }

export const AGENT_OPERATIONS: Readonly<
  Record<'create' | 'list' | 'show' | 'update' | 'suspend' | 'resume' | 'rotate' | 'revoke', Operation>
> = {
  create: {
    id: 'createAgent',
    summary: 'Registers an agent of an owner, by the DID of its own key',
    body: newAgentSchema,
    isIdempotent: true,
    status: 201,
    answers: AGENT,
    problems: ['owner_required', 'did_in_use', 'owner_offboarded', 'owner_suspended', 'idempotency_mismatch'],
  },
  list: {
    id: 'listAgents',
    summary: 'Lists agents, oldest first',
    query: listQuery(AGENT_FILTERS),
    answers: { [JSON_TYPE]: listOf(agentAnswer) },
  },
  show: { id: 'getAgent', summary: 'Shows an agent', answers: AGENT },
  update: {
    id: 'updateAgent',
    summary: 'Changes what is known of an agent; its delegations say it once they are renewed',
    body: agentChangesSchema,
    answers: AGENT,
    problems: ['agent_ended', 'owner_offboarded'],
  },
  suspend: {
    id: 'suspendAgent',
    summary: 'Places a hold on the agent and all its delegations',
    body: reasonSchema,
    answers: AGENT,
    problems: ['agent_ended'],
  },
  resume: {
    id: 'resumeAgent',
    summary: 'Lifts the hold',
    body: emptySchema,
    answers: AGENT,
    problems: ['agent_ended', 'not_suspended', 'outranked'],
  },
  rotate: {
    id: 'rotateAgentKey',
    summary: 'Gives the agent another key; what the old one holds can be presented until the grace ends',
    body: agentKeySchema,
    answers: AGENT,
    problems: ['agent_ended', 'agent_suspended', 'owner_suspended', 'did_in_use', 'quota_exceeded'],
  },
  revoke: {
    id: 'revokeAgent',
    summary: 'Ends the agent with its delegations and registered runs, for good; or says what would end',
    body: cascadeSchema,
    answers: { [JSON_TYPE]: z.union([agentAnswer, previewAnswer]) },
  },
}
