import { z } from 'zod'
import type { Did } from '../../model/did.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { didSchema } from '../http/schema.ts'
import { anyDidSchema, idSchema, listOf, listQuery } from './shared.ts'

/** A caller that is to be let in. */
export interface NewPrincipalBody {
  readonly did: Did
  readonly role: 'admin' | 'auditor' | 'revoker'
}

const DID = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'

export const newPrincipalSchema: z.ZodType<NewPrincipalBody> = named<NewPrincipalBody>(
  'NewPrincipal',
  z.strictObject({ did: didSchema, role: z.enum(['admin', 'auditor', 'revoker']) }),
  { did: DID, role: 'auditor' },
)

const roleSchema = z.enum(['admin', 'owner', 'auditor', 'revoker', 'agent', 'service'])

const principalAnswer = named(
  'Principal',
  z.strictObject({
    tenant: z.string(),
    did: anyDidSchema,
    role: roleSchema,
    owner: z.exactOptional(idSchema),
    agent: z.exactOptional(idSchema),
    revokerOf: z.exactOptional(z.array(idSchema)),
  }),
  { tenant: 'acme', did: DID, role: 'auditor' },
)

const auditEntryAnswer = named(
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
    actor: DID,
    role: 'admin',
    action: 'agent.create',
    target: 'agt_4kQ7',
    ownerId: 'own_9mZ1',
    agentId: 'agt_4kQ7',
    requestId: '5d7a8b1e-11c4-4a5e-9a2e-6a2f7c0e4d21',
    details: { did: DID },
    prev: 'x3xnj6RZBvXWRFLUHkSQuEzAeXVNCbIBVdwoEjPDlRg',
    hash: '0d0rLYd5VpB7J0hTn0p3l4Ytnn5gnF0yXrF8Z8v7s0k',
  },
)

/** By what the audit trail can be filtered. */
export const AUDIT_FILTERS: readonly string[] = ['owner', 'agent']

const PRINCIPAL = { [JSON_TYPE]: principalAnswer }

export const REGISTRY_OPERATIONS = {
  whoami: { id: 'whoami', summary: 'Says who the caller is', answers: PRINCIPAL },
  add: {
    id: 'addPrincipal',
    summary: 'Lets a person or platform call the API in a role',
    body: newPrincipalSchema,
    status: 201,
    answers: PRINCIPAL,
    problems: ['did_in_use'],
  },
  list: {
    id: 'listPrincipals',
    summary: 'Lists who may call, agents apart, oldest first',
    query: listQuery([]),
    answers: { [JSON_TYPE]: listOf(principalAnswer) },
  },
  remove: {
    id: 'removePrincipal',
    summary: 'Ends a role, for good',
    answers: PRINCIPAL,
    problems: ['last_admin'],
  },
  audit: {
    id: 'listAuditEntries',
    summary: 'Lists entries of the audit trail as they were hashed, oldest first',
    query: listQuery(AUDIT_FILTERS),
    answers: { [JSON_TYPE]: listOf(auditEntryAnswer) },
  },
} as const satisfies Record<string, Operation>
