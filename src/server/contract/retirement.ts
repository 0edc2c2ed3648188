import { z } from 'zod'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { nameSchema, purposeSchema } from '../http/schema.ts'
import { RETIREMENT_TRIGGERS, type RetirementRequest } from '../retirement/retire-agent.ts'
import { auditEntryAnswer } from './audit.ts'

export const retirementSchema: z.ZodType<RetirementRequest> = named<RetirementRequest>(
  'Retirement',
  z.strictObject({
    reason: purposeSchema,
    trigger: z.enum(RETIREMENT_TRIGGERS),
    ticket: z.exactOptional(nameSchema),
  }),
  { reason: 'the project is over', trigger: 'project_end', ticket: 'CHG-4711' },
)

const EVIDENCE = { [JSON_TYPE]: auditEntryAnswer }

export const RETIREMENT_OPERATIONS: Readonly<Record<'retire' | 'evidence', Operation>> = {
  retire: {
    id: 'retireAgent',
    summary: 'Ends an agent, has a verifier refuse what it held, and records the evidence',
    body: retirementSchema,
    answers: EVIDENCE,
    problems: ['retirement_unverified', 'agent_ended', 'outranked'],
  },
  evidence: {
    id: 'getRetirementEvidence',
    summary: 'Shows the audit entry that tells how an agent was retired',
    answers: EVIDENCE,
  },
}
