import { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import { MAX_DELEGATION_SECONDS } from '../../issuer/lifetimes.ts'
import { MECHANISMS, type Mechanism } from '../../model/chain.ts'
import { MAX_CHAIN_LINKS } from '../../model/credential.ts'
import { MAX_LEASED_INDEXES } from '../../model/status-list-entry.ts'
import { named } from '../http/named-schema.ts'
import { detailsSchema, nameSchema, wholeSchema } from '../http/schema.ts'
import { MAX_BATCH_DELEGATIONS } from '../limits.ts'

/** What a delegation is to say, whoever it is for. */
export interface DelegationTermsBody {
  readonly authorizationDetails?: readonly JsonObject[]
  readonly inherit?: true
  readonly maxDepth?: number
  readonly lifetimeSeconds?: number
  readonly leaseSize?: number
  readonly allowStatusless?: boolean
  readonly name?: string
  readonly mechanism?: Mechanism
}

/** A delegation that is asked for. */
export interface NewDelegationBody extends DelegationTermsBody {
  readonly agent: string
}

/** As many links can follow link 1 in a chain. */
const MAX_FOLLOWING_LINKS = MAX_CHAIN_LINKS - 2

const leaseSizeSchema = wholeSchema(0, MAX_LEASED_INDEXES, 'indexes')

const MAX_DAYS = MAX_DELEGATION_SECONDS / 86_400

const lifetimeSchema = wholeSchema(1, MAX_DELEGATION_SECONDS, `seconds (${MAX_DAYS} days)`)

const TERMS = {
  authorizationDetails: z.exactOptional(detailsSchema),
  inherit: z.exactOptional(z.literal(true)),
  maxDepth: z.exactOptional(wholeSchema(0, MAX_FOLLOWING_LINKS, 'links')),
  lifetimeSeconds: z.exactOptional(lifetimeSchema),
  leaseSize: z.exactOptional(leaseSizeSchema),
  allowStatusless: z.exactOptional(z.boolean()),
  name: z.exactOptional(nameSchema),
  mechanism: z.exactOptional(z.enum(MECHANISMS)),
}

function grantsOnce(body: DelegationTermsBody): boolean {
  return (body.inherit === undefined) !== (body.authorizationDetails === undefined)
}

const GRANTS_ONCE = {
  path: ['authorizationDetails'],
  message: 'must stand here, or "inherit": true; one of the two',
}

/** A grant, for examples. */
export const MAIL: JsonObject = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }

export const delegationTermsSchema: z.ZodType<DelegationTermsBody> = named<DelegationTermsBody>(
  'DelegationTerms',
  z.strictObject(TERMS).refine(grantsOnce, GRANTS_ONCE),
  { authorizationDetails: [MAIL] },
)

export const newDelegationSchema: z.ZodType<NewDelegationBody> = named<NewDelegationBody>(
  'NewDelegation',
  z.strictObject({ agent: z.string(), ...TERMS }).refine(grantsOnce, GRANTS_ONCE),
  { agent: 'agt_4kQ7', authorizationDetails: [MAIL], lifetimeSeconds: 86_400 },
)

/** Several that are asked for together; each is issued, or refused, by itself. */
export const delegationBatchSchema: z.ZodType<{ readonly delegations: readonly NewDelegationBody[] }> = named(
  'NewDelegations',
  z.strictObject({ delegations: z.array(newDelegationSchema).min(1).max(MAX_BATCH_DELEGATIONS) }),
  { delegations: [{ agent: 'agt_4kQ7', authorizationDetails: [MAIL] }] },
)

export const renewalSchema: z.ZodType<{ readonly leaseSize?: number }> = named(
  'Renewal',
  z.strictObject({ leaseSize: z.exactOptional(leaseSizeSchema) }),
  { leaseSize: 16 },
)

/** What can become less. */
export const tighteningSchema: z.ZodType<JsonObject> = named<JsonObject>(
  'Narrowing',
  z.strictObject({
    authorizationDetails: z.exactOptional(detailsSchema),
    maxDepth: z.exactOptional(wholeSchema(0, MAX_FOLLOWING_LINKS, 'links')),
    lifetimeSeconds: z.exactOptional(lifetimeSchema),
    allowStatusless: z.exactOptional(z.literal(false)),
  }),
  { maxDepth: 0 },
)
