import { z } from 'zod'
import { named } from '../http/named-schema.ts'
import { purposeSchema } from '../http/schema.ts'
import { idSchema } from './shared.ts'

/** Body of what ends much at once, and can say first how much. */
export const cascadeSchema: z.ZodType<{ readonly reason: string; readonly dryRun?: boolean }> = named(
  'Ending',
  z.strictObject({ reason: purposeSchema, dryRun: z.exactOptional(z.boolean()) }),
  { reason: 'left the company', dryRun: true },
)

/** What a dry run answers. */
export const previewAnswer: z.ZodType = named(
  'EndingPreview',
  z.strictObject({
    dryRun: z.literal(true),
    agents: z.int().min(0),
    delegations: z.int().min(0),
    runs: z.int().min(0),
    leasedIndexes: z.int().min(0),
    firstAgents: z.array(z.strictObject({ id: idSchema, name: z.string() })),
  }),
  {
    dryRun: true,
    agents: 1,
    delegations: 2,
    runs: 5,
    leasedIndexes: 16,
    firstAgents: [{ id: 'agt_4kQ7', name: 'Triage' }],
  },
)
