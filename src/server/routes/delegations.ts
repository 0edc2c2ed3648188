import { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import { resume, suspend } from '../../issuer/holds.ts'
import {
  chainInForm,
  type DelegationWithOwner,
  issueDelegation,
  renewDelegation,
} from '../../issuer/issue-delegation.ts'
import { anyForm, chainMechanism, type IssuedCredential } from '../../issuer/issued-credential.ts'
import {
  DEFAULT_DELEGATION_SECONDS,
  DEFAULT_MAX_DEPTH,
  MAX_DELEGATION_SECONDS,
} from '../../issuer/lifetimes.ts'
import { MECHANISMS, type Mechanism } from '../../model/chain.ts'
import { MAX_CHAIN_LINKS } from '../../model/credential.ts'
import { DEFAULT_LEASE_SIZE, MAX_LEASED_INDEXES } from '../../model/status-list-entry.ts'
import { ApiError } from '../api-error.ts'
import { agentOf, delegationOf, found, partiesOf, scopeOf } from '../authorize.ts'
import { created, json, page, unwrap, unwrapReplay } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { parseListQuery } from '../http/query.ts'
import type { SignedRoute } from '../http/route.ts'
import {
  detailsSchema,
  emptySchema,
  nameSchema,
  parseBody,
  reasonSchema,
  wholeSchema,
} from '../http/schema.ts'
import { chainView, delegationView } from '../views.ts'
import { represent, representationOf } from './credential-representation.ts'

interface NewDelegationBody {
  readonly agent: string
  readonly authorizationDetails?: readonly JsonObject[]
  readonly inherit?: true
  readonly maxDepth?: number
  readonly lifetimeSeconds?: number
  readonly leaseSize?: number
  readonly allowStatusless?: boolean
  readonly name?: string
  readonly mechanism?: Mechanism
}

/** As many links can follow link 1 in a chain. */
const MAX_FOLLOWING_LINKS = MAX_CHAIN_LINKS - 2

const leaseSizeSchema = wholeSchema(0, MAX_LEASED_INDEXES, 'indexes')

const MAX_DAYS = MAX_DELEGATION_SECONDS / 86_400

const lifetimeSchema = wholeSchema(1, MAX_DELEGATION_SECONDS, `seconds (${MAX_DAYS} days)`)

const newDelegationSchema: z.ZodType<NewDelegationBody> = z
  .strictObject({
    agent: z.string(),
    authorizationDetails: z.exactOptional(detailsSchema),
    inherit: z.exactOptional(z.literal(true)),
    maxDepth: z.exactOptional(wholeSchema(0, MAX_FOLLOWING_LINKS, 'links')),
    lifetimeSeconds: z.exactOptional(lifetimeSchema),
    leaseSize: z.exactOptional(leaseSizeSchema),
    allowStatusless: z.exactOptional(z.boolean()),
    name: z.exactOptional(nameSchema),
    mechanism: z.exactOptional(z.enum(MECHANISMS)),
  })
  .refine((body) => (body.inherit === undefined) !== (body.authorizationDetails === undefined), {
    path: ['authorizationDetails'],
    message: 'must stand here, or "inherit": true; one of the two',
  })

const renewalSchema: z.ZodType<{ readonly leaseSize?: number }> = z.strictObject({
  leaseSize: z.exactOptional(leaseSizeSchema),
})

const READERS = ['admin', 'auditor', 'revoker', 'owner', 'agent'] as const
const ENDERS = ['admin', 'revoker', 'owner'] as const

export const delegationRoutes: readonly SignedRoute[] = [
  { method: 'POST', path: '/v1/delegations', access: ['admin', 'owner'], handle: create },
  { method: 'GET', path: '/v1/delegations', access: READERS, handle: list },
  { method: 'GET', path: '/v1/delegations/:id', access: READERS, handle: show },
  { method: 'GET', path: '/v1/delegations/:id/credential', access: READERS, handle: credential },
  {
    method: 'POST',
    path: '/v1/delegations/:id/credential',
    access: ['admin', 'owner', 'agent'],
    handle: renew,
  },
  { method: 'POST', path: '/v1/delegations/:id/suspend', access: ENDERS, handle: placeHold },
  { method: 'POST', path: '/v1/delegations/:id/resume', access: ENDERS, handle: liftHold },
  { method: 'POST', path: '/v1/delegations/:id/revoke', access: [...ENDERS, 'agent'], handle: revoke },
]

async function create(call: SignedCall): Promise<Response> {
  const body = parseBody(newDelegationSchema, call.body)
  const parties = await partiesOf(call, await agentOf(call, body.agent))
  const request = { terms: termsOf(body), leaseSize: body.leaseSize ?? DEFAULT_LEASE_SIZE }
  const outcome = await issueDelegation(call.service.issuer, parties, request, call.write)
  const { value, replayed } = unwrapReplay(outcome)
  return created(`/v1/delegations/${value.delegation.id}`, wholeView(call, value), replayed)
}

function termsOf(body: NewDelegationBody): JsonObject {
  const { authorizationDetails, name, allowStatusless, mechanism } = body
  return {
    ...(authorizationDetails === undefined ? { inherit: true } : { authorizationDetails }),
    maxDepth: body.maxDepth ?? DEFAULT_MAX_DEPTH,
    lifetimeSeconds: body.lifetimeSeconds ?? DEFAULT_DELEGATION_SECONDS,
    ...(allowStatusless === true && { allowStatusless }),
    ...(name !== undefined && { name }),
    ...(mechanism !== undefined && { mechanism }),
  }
}

/** With the chain, if it was released in the form that was chosen for it. */
function wholeView({ service }: SignedCall, chain: DelegationWithOwner): object {
  const shown = chainView(chain, chainMechanism(chain.delegation))
  const view = delegationView(service.issuer.origin, chain.delegation)
  return shown === undefined ? view : { ...view, chain: shown.chain, refreshAt: shown.refreshAt }
}

async function list(call: SignedCall): Promise<Response> {
  const { page: asked, filter } = parseListQuery(call.query, ['owner', 'agent'])
  const scope = scopeOf(call.principal, {
    ...(filter.owner !== undefined && { ownerId: filter.owner }),
    ...(filter.agent !== undefined && { agentId: filter.agent }),
  })
  const found = await call.service.issuer.store.delegations(call.principal.tenant, scope, asked)
  return page(found, (item) => delegationView(call.service.issuer.origin, item))
}

async function show(call: SignedCall): Promise<Response> {
  const delegation = await delegationOf(call, call.params.id ?? '')
  const owner = await call.service.issuer.store.ownerCredential(delegation.tenant, delegation.ownerId)
  return json(
    owner === undefined
      ? delegationView(call.service.issuer.origin, delegation)
      : wholeView(call, { owner, delegation }),
  )
}

async function credential(call: SignedCall): Promise<Response> {
  const delegation = await delegationOf(call, call.params.id ?? '')
  assertInForce(delegation)
  const shown = representationOf(call, delegation)
  const { issuer } = call.service
  const owner = found(await issuer.store.ownerCredential(delegation.tenant, delegation.ownerId))
  const parties = await partiesOf(call, await agentOf(call, delegation.agentId ?? ''))
  const chain = { owner, delegation, wanted: shown.mechanism }
  return represent(unwrap(await chainInForm(issuer, parties, chain, call.write)), shown)
}

async function renew(call: SignedCall): Promise<Response> {
  const body = parseBody(renewalSchema, call.body)
  const held = await delegationOf(call, call.params.id ?? '')
  const parties = await partiesOf(call, await agentOf(call, held.agentId ?? ''))
  assertInForce(held)
  const shown = representationOf(call, held)
  const request = { ...body, revive: call.principal.role !== 'agent', mechanism: shown.mechanism }
  const renewed = await renewDelegation(call.service.issuer, parties, held.id, request, call.write)
  return represent(unwrap(renewed), shown)
}

/** What is revoked, or was never released, is not handed out again. */
function assertInForce(delegation: IssuedCredential): void {
  if (delegation.state === 'revoked') throw new ApiError('delegation_ended')
  if (anyForm(delegation) === undefined) throw new ApiError('not_found')
}

async function placeHold(call: SignedCall): Promise<Response> {
  const { reason } = parseBody(reasonSchema, call.body)
  const { id } = await delegationOf(call, call.params.id ?? '')
  unwrap(await suspend(call.service.issuer, { kind: 'delegation', id }, reason, call.write))
  return await show(call)
}

async function liftHold(call: SignedCall): Promise<Response> {
  parseBody(emptySchema, call.body)
  const { id } = await delegationOf(call, call.params.id ?? '')
  unwrap(await resume(call.service.issuer, { kind: 'delegation', id }, call.write))
  return await show(call)
}

async function revoke(call: SignedCall): Promise<Response> {
  const { reason } = parseBody(reasonSchema, call.body)
  const { id } = await delegationOf(call, call.params.id ?? '')
  const { store, origin } = call.service.issuer
  return json(delegationView(origin, unwrap(await store.revokeDelegation(id, reason, call.write))))
}
