import { z } from 'zod'
import { OIDC_SUBJECT, type OidcSubject } from '../../issuer/principal-id.ts'
import type { Did } from '../../model/did.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { didSchema } from '../http/schema.ts'
import { anyDidSchema, idSchema, listOf, listQuery } from './shared.ts'

/** A caller that is to be let in. */
export interface NewPrincipalBody {
  readonly did?: Did
  readonly oidc?: OidcSubject
  readonly role: 'admin' | 'auditor' | 'revoker'
}

export const EXAMPLE_DID = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'

/** As whom an OpenID provider knows somebody. */
export const oidcSubjectSchema: z.ZodType<OidcSubject> = z.strictObject({
  issuer: z.string().max(256),
  subject: z.string().regex(OIDC_SUBJECT, 'must have 1 to 255 ASCII characters'),
})

export const newPrincipalSchema: z.ZodType<NewPrincipalBody> = named<NewPrincipalBody>(
  'NewPrincipal',
  z
    .strictObject({
      did: z.exactOptional(didSchema),
      oidc: z.exactOptional(oidcSubjectSchema),
      role: z.enum(['admin', 'auditor', 'revoker']),
    })
    .refine(({ did, oidc }) => (did === undefined) !== (oidc === undefined), {
      path: ['did'],
      message: 'must stand here, or "oidc"; one of the two',
    }),
  { did: EXAMPLE_DID, role: 'auditor' },
)

export const roleSchema: z.ZodType<string> = z.enum([
  'admin',
  'owner',
  'auditor',
  'revoker',
  'agent',
  'service',
  'holder',
  'transmitter',
])

const principalAnswer = named(
  'Principal',
  z.strictObject({
    tenant: z.string(),
    did: z.exactOptional(anyDidSchema),
    oidc: z.exactOptional(z.strictObject({ id: idSchema, issuer: z.string(), subject: z.string() })),
    role: roleSchema,
    owner: z.exactOptional(idSchema),
    agent: z.exactOptional(idSchema),
    revokerOf: z.exactOptional(z.array(idSchema)),
  }),
  { tenant: 'acme', did: EXAMPLE_DID, role: 'auditor' },
)

const PRINCIPAL = { [JSON_TYPE]: principalAnswer }

export const REGISTRY_OPERATIONS: Readonly<Record<'whoami' | 'add' | 'list' | 'remove', Operation>> = {
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
}
