import { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import { resume, suspend } from '../../issuer/holds.ts'
import {
  type DelegationParties,
  type DelegationWithOwner,
  issueDelegation,
  renewDelegation,
} from '../../issuer/issue-delegation.ts'
import type { IssuedCredential } from '../../issuer/issued-credential.ts'
import {
  DEFAULT_DELEGATION_SECONDS,
  DEFAULT_MAX_DEPTH,
  MAX_DELEGATION_SECONDS,
} from '../../issuer/lifetimes.ts'
import type { Agent } from '../../issuer/ports.ts'
import { MAX_CHAIN_LINKS } from '../../model/credential.ts'
import { DEFAULT_LEASE_SIZE, MAX_LEASED_INDEXES } from '../../model/status-list-entry.ts'
import { ApiError } from '../api-error.ts'
import { agentOf, delegationOf, found, scopeOf, tenantOf } from '../authorize.ts'
import { created, json, page, unwrap, unwrapReplay } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { parseListQuery } from '../http/query.ts'
import type { SignedRoute } from '../http/route.ts'
import { detailsSchema, emptySchema, nameSchema, parseBody, reasonSchema } from '../http/schema.ts'
import { chainView, delegationView } from '../views.ts'

interface NewDelegationBody {
  readonly agent: string
  readonly authorizationDetails?: readonly JsonObject[]
  readonly inherit?: true
  readonly maxDepth?: number
  readonly lifetimeSeconds?: number
  readonly leaseSize?: number
  readonly allowStatusless?: boolean
  readonly name?: string
}

const leaseSizeSchema = z.int().min(0).max(MAX_LEASED_INDEXES)

const newDelegationSchema: z.ZodType<NewDelegationBody> = z
  .strictObject({
    agent: z.string(),
    authorizationDetails: z.exactOptional(detailsSchema),
    inherit: z.exactOptional(z.literal(true)),
    maxDepth: z.exactOptional(z.int().min(0).max(MAX_CHAIN_LINKS)),
    lifetimeSeconds: z.exactOptional(z.int().min(1).max(MAX_DELEGATION_SECONDS)),
    leaseSize: z.exactOptional(leaseSizeSchema),
    allowStatusless: z.exactOptional(z.boolean()),
    name: z.exactOptional(nameSchema),
  })
  .refine((body) => (body.inherit === undefined) !== (body.authorizationDetails === undefined), {
    path: ['authorizationDetails'],
    message: 'either authorizationDetails or "inherit": true',
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
  const { authorizationDetails, name, allowStatusless } = body
  return {
    ...(authorizationDetails === undefined ? { inherit: true } : { authorizationDetails }),
    maxDepth: body.maxDepth ?? DEFAULT_MAX_DEPTH,
    lifetimeSeconds: body.lifetimeSeconds ?? DEFAULT_DELEGATION_SECONDS,
    ...(allowStatusless === true && { allowStatusless }),
    ...(name !== undefined && { name }),
  }
}

async function partiesOf(call: SignedCall, agent: Agent): Promise<DelegationParties> {
  const { store } = call.service.issuer
  const [tenant, owner] = await Promise.all([tenantOf(call), store.owner(agent.tenant, agent.ownerId)])
  return { tenant, owner: found(owner), agent }
}

function wholeView({ service }: SignedCall, { owner, delegation }: DelegationWithOwner): object {
  const { validUntil: _, ...chain } = chainView(owner, delegation)
  return { ...delegationView(service.issuer.origin, delegation), ...chain }
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
  const isWhole = delegation.jwt !== undefined && owner?.jwt !== undefined
  return json(
    isWhole ? wholeView(call, { owner, delegation }) : delegationView(call.service.issuer.origin, delegation),
  )
}

async function credential(call: SignedCall): Promise<Response> {
  const delegation = await delegationOf(call, call.params.id ?? '')
  assertInForce(delegation)
  const { store } = call.service.issuer
  const owner = found(await store.ownerCredential(delegation.tenant, delegation.ownerId))
  return represent(call, { owner, delegation })
}

async function renew(call: SignedCall): Promise<Response> {
  const body = parseBody(renewalSchema, call.body)
  const held = await delegationOf(call, call.params.id ?? '')
  const parties = await partiesOf(call, await agentOf(call, held.agentId ?? ''))
  const request = { ...body, revive: call.principal.role !== 'agent' }
  assertInForce(held)
  const renewed = unwrap(await renewDelegation(call.service.issuer, parties, held.id, request, call.write))
  return represent(call, renewed)
}

/** What is revoked, or was never released, is not handed out again. */
function assertInForce({ state, jwt }: IssuedCredential): void {
  if (state === 'revoked') throw new ApiError('delegation_ended')
  if (jwt === undefined) throw new ApiError('not_found')
}

const VC_JWT = 'application/vc+jwt'

/** By `Accept`: the whole chain as JSON, or link 1 alone. */
function represent({ request }: SignedCall, chain: DelegationWithOwner): Response {
  const accepted = (request.headers.get('accept') ?? '*/*')
    .split(',')
    .map((range) => range.split(';')[0]?.trim())
  const vary = { vary: 'accept' }
  if (
    accepted.some((range) => range === 'application/json' || range === '*/*' || range === 'application/*')
  ) {
    return json(chainView(chain.owner, chain.delegation), 200, vary)
  }
  if (!accepted.includes(VC_JWT)) {
    throw new ApiError('not_acceptable', { available: ['application/json', VC_JWT] })
  }
  const headers = { 'content-type': VC_JWT, 'cache-control': 'no-store', ...vary }
  return new Response(chain.delegation.jwt ?? '', { headers })
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
