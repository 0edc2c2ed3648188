import { z } from 'zod'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { anyDidSchema, idSchema, listQuery, positionSchema, timeSchema } from './shared.ts'

const count = z.int().min(0)

const leasedIndex = named(
  'LeasedIndexUse',
  z.strictObject({
    position: positionSchema,
    use: z.enum(['registered', 'revoked', 'unregistered', 'lapsed']),
    state: z.enum(['active', 'suspended', 'revoked']),
    run: z.exactOptional(
      z.strictObject({
        id: idSchema,
        kind: z.enum(['Run', 'SubAgent']),
        name: z.exactOptional(z.string()),
        subject: anyDidSchema,
        lineage: z.looseObject({}),
        state: z.enum(['active', 'completed', 'revoked']),
        validUntil: timeSchema,
      }),
    ),
    revocation: z.exactOptional(
      z.strictObject({
        by: z.string(),
        at: timeSchema,
        reason: z.string(),
        shown: z.exactOptional(
          z.strictObject({
            id: idSchema,
            kind: z.enum(['Run', 'SubAgent']),
            name: z.exactOptional(z.string()),
            subject: anyDidSchema,
          }),
        ),
      }),
    ),
  }),
  { position: { list: 3, index: 70_022 }, use: 'unregistered', state: 'active' },
)

const lease = named(
  'Lease',
  z.strictObject({
    delegation: idSchema,
    name: z.exactOptional(z.string()),
    state: z.enum(['planned', 'active', 'revoked']),
    validUntil: timeSchema,
    leased: count,
    registered: count,
    revoked: count,
    unregistered: count,
    lapsed: count,
    indexes: z.array(leasedIndex),
  }),
  {
    delegation: 'urn:uuid:3d6f0a52-6c0e-4c8e-9a52-0f6a8f1f7b11',
    state: 'active',
    validUntil: '2026-11-23T09:00:00.000Z',
    leased: 1,
    registered: 0,
    revoked: 0,
    unregistered: 1,
    lapsed: 0,
    indexes: [{ position: { list: 3, index: 70_022 }, use: 'unregistered', state: 'active' }],
  },
)

const quota = z.strictObject({ limit: count, used: count })

const leases = named(
  'LeaseList',
  z.strictObject({
    items: z.array(lease),
    next: z.exactOptional(z.string()),
    quotas: z.strictObject({ agent: quota, owner: z.exactOptional(quota) }),
  }),
  { items: [], quotas: { agent: { limit: 256, used: 8 }, owner: { limit: 16_384, used: 24 } } },
)

export const AGENT_LEASES_OPERATION: Operation = {
  id: 'listLeases',
  summary: 'Shows what became of each status index that was leased to an agent',
  query: listQuery([]),
  answers: { [JSON_TYPE]: leases },
}
