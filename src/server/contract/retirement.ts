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

export const signOffSchema: z.ZodType<{ readonly note?: string }> = named(
  'SignOff',
  z.strictObject({ note: z.exactOptional(purposeSchema) }),
  { note: 'seen' },
)

const ENTRY = { [JSON_TYPE]: auditEntryAnswer }

const EVIDENCE = {
  [JSON_TYPE]: z.strictObject({
    retirement: auditEntryAnswer,
    signOff: z.exactOptional(auditEntryAnswer),
  }),
}

export const RETIREMENT_OPERATIONS: Readonly<Record<'retire' | 'evidence' | 'signOff', Operation>> = {
  retire: {
    id: 'retireAgent',
    summary: 'Ends an agent, has a verifier refuse what it held, and records the evidence',
    body: retirementSchema,
    answers: ENTRY,
    problems: ['retirement_unverified', 'agent_ended', 'outranked'],
  },
  evidence: {
    id: 'getRetirementEvidence',
    summary:
      'Shows the audit entry that tells how an agent was retired, and with which the owner signed that off',
    answers: EVIDENCE,
  },
  signOff: {
    id: 'signOffRetirement',
    summary: 'Signs off that an agent is retired, as the owner or for one who does not call',
    body: signOffSchema,
    answers: ENTRY,
    problems: ['retirement_unverified'],
  },
}
