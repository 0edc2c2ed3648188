import { z } from 'zod'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { EXAMPLE_DID, roleSchema } from './registry.ts'
import { anyDidSchema, idSchema, listOf, listQuery, timeSchema } from './shared.ts'

/** Media types of what witnesses read. */
export const NOTE_TYPE = 'text/plain; charset=utf-8'
/** JSON Lines, of an export. */
export const LINES_TYPE = 'application/jsonl'
export const TILE_TYPE = 'application/octet-stream'

export const auditEntryAnswer: z.ZodType = named(
  'AuditEntry',
  z.strictObject({
    tenant: z.string(),
    seq: z.int().min(1),
    at: z.int().meta({ description: 'milliseconds since 1970' }),
    actor: anyDidSchema,
    role: roleSchema,
    action: z.string(),
    target: z.string(),
    ownerId: z.exactOptional(idSchema),
    agentId: z.exactOptional(idSchema),
    mode: z.exactOptional(z.enum(['delegated', 'autonomous'])),
    environment: z.exactOptional(z.string()),
    requestId: z.string(),
    traceparent: z.exactOptional(z.string()),
    details: z.looseObject({}),
    prev: z.string(),
    hash: z.string(),
  }),
  {
    tenant: 'acme',
    seq: 7,
    at: 1_795_338_000_000,
    actor: EXAMPLE_DID,
    role: 'admin',
    action: 'agent.create',
    target: 'agt_4kQ7',
    ownerId: 'own_9mZ1',
    agentId: 'agt_4kQ7',
    requestId: '5d7a8b1e-11c4-4a5e-9a2e-6a2f7c0e4d21',
    details: { did: EXAMPLE_DID },
    prev: 'x3xnj6RZBvXWRFLUHkSQuEzAeXVNCbIBVdwoEjPDlRg',
    hash: '0d0rLYd5VpB7J0hTn0p3l4Ytnn5gnF0yXrF8Z8v7s0k',
  },
)

/** By what the audit trail can be filtered. */
export const AUDIT_FILTERS: readonly string[] = ['owner', 'agent']

const COUNT = { type: 'integer', minimum: 1 }

const HASH = 'bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0='
const hashSchema = z.string().meta({ description: '32 bytes in base64' })

const checkpointAnswer = named(
  'AuditCheckpoint',
  z.strictObject({ size: z.int().min(1), note: z.string(), at: timeSchema, key: z.string() }),
  {
    size: 1,
    note: `id.example/audit/acme\n1\n${HASH}\n\n— id.example/audit/acme 3HjvEw==\n`,
    at: '2026-11-22T09:00:00.000Z',
    key: 'id.example/audit/acme+dc78ef13+ARpc2Q==',
  },
)

const inclusionAnswer = named(
  'AuditInclusionProof',
  z.strictObject({
    seq: z.int().min(1),
    size: z.int().min(1),
    leafHash: hashSchema,
    hashes: z.array(hashSchema),
  }),
  { seq: 1, size: 1, leafHash: HASH, hashes: [] },
)

const consistencyAnswer = named(
  'AuditConsistencyProof',
  z.strictObject({ from: z.int().min(1), to: z.int().min(1), hashes: z.array(hashSchema) }),
  { from: 1, to: 1, hashes: [] },
)

const TILE = { [TILE_TYPE]: z.string() }

export const AUDIT_OPERATIONS: Readonly<
  Record<
    | 'list'
    | 'checkpoint'
    | 'inclusion'
    | 'consistency'
    | 'export'
    | 'publicCheckpoint'
    | 'publicKey'
    | 'tile'
    | 'farTile'
    | 'partOfFarTile',
    Operation
  >
> = {
  list: {
    id: 'listAuditEntries',
    summary: 'Lists entries of the audit trail as they were hashed, oldest first',
    query: listQuery(AUDIT_FILTERS),
    answers: { [JSON_TYPE]: listOf(auditEntryAnswer) },
  },
  checkpoint: {
    id: 'getAuditCheckpoint',
    summary: 'The newest signed checkpoint of the audit trail, and the key that signed it',
    answers: { [JSON_TYPE]: checkpointAnswer },
    problems: ['invalid_request'],
  },
  inclusion: {
    id: 'getAuditInclusionProof',
    summary: 'Proves that an entry is in the tree of the audit trail',
    query: { seq: COUNT, size: COUNT },
    answers: { [JSON_TYPE]: inclusionAnswer },
  },
  consistency: {
    id: 'getAuditConsistencyProof',
    summary: 'Proves that the audit trail begins with all entries of an earlier checkpoint',
    query: { from: COUNT, to: COUNT },
    answers: { [JSON_TYPE]: consistencyAnswer },
  },
  export: {
    id: 'exportAuditTrail',
    summary: 'The next lines of an export of the audit trail; a checkpoint closes the last page',
    query: { after: COUNT },
    answers: { [LINES_TYPE]: z.string() },
  },
  publicCheckpoint: {
    id: 'getPublicAuditCheckpoint',
    summary: 'The newest signed checkpoint of the audit trail, for witnesses',
    answers: { [NOTE_TYPE]: z.string() },
  },
  publicKey: {
    id: 'getAuditKey',
    summary: 'Name and key that checkpoints of the audit trail are signed with',
    answers: { [NOTE_TYPE]: z.string() },
  },
  tile: {
    id: 'getAuditTile',
    summary: 'A tile of hashes, of the first thousand of its level',
    answers: TILE,
  },
  farTile: {
    id: 'getFarAuditTile',
    summary: 'A tile of hashes beyond the first thousand, or a part of an earlier one',
    answers: TILE,
  },
  partOfFarTile: {
    id: 'getPartOfFarAuditTile',
    summary: 'A part of a tile of hashes beyond the first thousand',
    answers: TILE,
  },
}
