import { z } from 'zod'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { purposeSchema } from '../http/schema.ts'
import { agentAnswer } from './agents.ts'
import { idSchema } from './shared.ts'

export const transferSchema: z.ZodType<{ readonly owner: string; readonly reason: string }> = named(
  'AgentTransferRequest',
  z.strictObject({ owner: z.string(), reason: purposeSchema }),
  { owner: 'own_2bX8', reason: 'Ada moved to another team' },
)

const transferAnswer = named(
  'AgentTransfer',
  z.strictObject({
    agent: agentAnswer,
    from: idSchema,
    cascadeId: idSchema,
    delegations: z.int().min(0),
    runs: z.int().min(0),
  }),
  {
    agent: {
      id: 'agt_4kQ7',
      owner: 'own_2bX8',
      did: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
      name: 'Triage',
      purpose: 'sorts mail',
      mode: 'delegated',
      state: 'active',
      suspended: false,
      createdAt: '2026-11-22T09:00:00.000Z',
    },
    from: 'own_9mZ1',
    cascadeId: 'cas_1',
    delegations: 2,
    runs: 5,
  },
)

export const TRANSFER_OPERATION: Operation = {
  id: 'transferAgent',
  summary: 'Gives an agent to another owner; all that it has of the present one ends',
  body: transferSchema,
  answers: { [JSON_TYPE]: transferAnswer },
  problems: ['agent_ended', 'owner_offboarded', 'owner_suspended', 'same_owner'],
}
