import { z } from 'zod'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { anyDidSchema, idSchema, listOf, listQuery, timeSchema } from './shared.ts'

const runNode: z.ZodType = named(
  'DependantRun',
  z.strictObject({
    id: idSchema,
    kind: z.enum(['Run', 'SubAgent']),
    name: z.exactOptional(z.string()),
    parent: idSchema,
    subject: anyDidSchema,
    validUntil: timeSchema,
    dependants: z.array(z.lazy(() => runNode)),
  }),
  {
    id: 'urn:uuid:0b6a5a0e-7a3a-4d55-9f5c-6a1d4a1b2c3d',
    kind: 'Run',
    parent: 'urn:uuid:3d6f0a52-6c0e-4c8e-9a52-0f6a8f1f7b11',
    subject: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
    validUntil: '2026-11-22T09:15:00.000Z',
    dependants: [],
  },
)

const delegationNode: z.ZodType = named(
  'Dependant',
  z.strictObject({
    id: idSchema,
    name: z.exactOptional(z.string()),
    state: z.enum(['planned', 'active']),
    suspended: z.boolean(),
    validUntil: timeSchema,
    leasedIndexes: z.int().min(0),
    dependants: z.array(runNode),
    omittedRuns: z.exactOptional(z.int().min(1)),
  }),
  {
    id: 'urn:uuid:3d6f0a52-6c0e-4c8e-9a52-0f6a8f1f7b11',
    state: 'active',
    suspended: false,
    validUntil: '2026-11-23T09:00:00.000Z',
    leasedIndexes: 8,
    dependants: [],
  },
)

export const DEPENDANTS_OPERATION: Operation = {
  id: 'listDependants',
  summary: 'Shows what depends on an agent: delegations, and below each what it made, as a tree',
  query: listQuery([]),
  answers: { [JSON_TYPE]: listOf(delegationNode) },
}
