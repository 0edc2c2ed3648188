import { resume, suspend } from '../../issuer/holds.ts'
import { chainInForm, renewDelegation } from '../../issuer/issue-delegation.ts'
import { anyForm, type IssuedCredential } from '../../issuer/issued-credential.ts'
import { tightenDelegation } from '../../issuer/tighten-delegation.ts'
import { ApiError } from '../api-error.ts'
import { agentOf, delegationOf, partiesOf, scopeOf } from '../authorize.ts'
import { newDelegationSchema, renewalSchema, tighteningSchema } from '../contract/delegation-bodies.ts'
import { DELEGATION_FILTERS, DELEGATION_OPERATIONS } from '../contract/delegations.ts'
import { created, json, page, unwrap } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { parseListQuery } from '../http/query.ts'
import type { SignedRoute } from '../http/route.ts'
import { emptySchema, parseBody, reasonSchema } from '../http/schema.ts'
import { delegationView } from '../views.ts'
import { represent, representationOf } from './credential-representation.ts'
import { createBatch } from './delegation-batch.ts'
import { issueAsked, wholeView } from './delegation-request.ts'

const READERS = ['admin', 'auditor', 'revoker', 'owner', 'agent'] as const
const ENDERS = ['admin', 'revoker', 'owner'] as const

export const delegationRoutes: readonly SignedRoute[] = [
  {
    method: 'POST',
    path: '/v1/delegations',
    access: ['admin', 'owner'],
    operation: DELEGATION_OPERATIONS.create,
    handle: create,
  },
  {
    method: 'POST',
    path: '/v1/delegations/batch',
    access: ['admin', 'owner'],
    operation: DELEGATION_OPERATIONS.createBatch,
    handle: createBatch,
  },
  {
    method: 'GET',
    path: '/v1/delegations',
    access: READERS,
    operation: DELEGATION_OPERATIONS.list,
    handle: list,
  },
  {
    method: 'GET',
    path: '/v1/delegations/:id',
    access: READERS,
    operation: DELEGATION_OPERATIONS.show,
    handle: show,
  },
  {
    method: 'PATCH',
    path: '/v1/delegations/:id',
    access: ['admin', 'owner'],
    operation: DELEGATION_OPERATIONS.tighten,
    handle: tighten,
  },
  {
    method: 'GET',
    path: '/v1/delegations/:id/credential',
    access: READERS,
    operation: DELEGATION_OPERATIONS.credential,
    handle: credential,
  },
  {
    method: 'POST',
    path: '/v1/delegations/:id/credential',
    access: ['admin', 'owner', 'agent'],
    operation: DELEGATION_OPERATIONS.renew,
    handle: renew,
  },
  {
    method: 'POST',
    path: '/v1/delegations/:id/suspend',
    access: ENDERS,
    operation: DELEGATION_OPERATIONS.suspend,
    handle: placeHold,
  },
  {
    method: 'POST',
    path: '/v1/delegations/:id/resume',
    access: ENDERS,
    operation: DELEGATION_OPERATIONS.resume,
    handle: liftHold,
  },
  {
    method: 'POST',
    path: '/v1/delegations/:id/revoke',
    access: [...ENDERS, 'agent'],
    operation: DELEGATION_OPERATIONS.revoke,
    handle: revoke,
  },
]

async function create(call: SignedCall): Promise<Response> {
  const { value, replayed } = await issueAsked(call, parseBody(newDelegationSchema, call.body))
  return created(`/v1/delegations/${value.delegation.id}`, wholeView(call.service, value), replayed)
}

async function list(call: SignedCall): Promise<Response> {
  const { page: asked, filter } = parseListQuery(call.query, DELEGATION_FILTERS)
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
      : wholeView(call.service, { owner, delegation }),
  )
}

async function tighten(call: SignedCall): Promise<Response> {
  const changes = parseBody(tighteningSchema, call.body)
  const held = await delegationOf(call, call.params.id ?? '')
  assertInForce(held)
  const parties = await partiesOf(call, await agentOf(call, held.agentId ?? ''))
  const tightening = { id: held.id, changes }
  const outcome = await tightenDelegation(call.service.issuer, parties, tightening, call.write)
  return json(wholeView(call.service, unwrap(outcome)))
}

async function credential(call: SignedCall): Promise<Response> {
  const delegation = await delegationOf(call, call.params.id ?? '')
  assertInForce(delegation)
  const shown = representationOf(call, delegation)
  const parties = await partiesOf(call, await agentOf(call, delegation.agentId ?? ''))
  const wanted = { id: delegation.id, wanted: shown.mechanism }
  const chain = unwrap(await chainInForm(call.service.issuer, parties, wanted, call.write))
  return represent(chain, parties.agent, shown)
}

async function renew(call: SignedCall): Promise<Response> {
  const body = parseBody(renewalSchema, call.body)
  const held = await delegationOf(call, call.params.id ?? '')
  const parties = await partiesOf(call, await agentOf(call, held.agentId ?? ''))
  assertInForce(held)
  const shown = representationOf(call, held)
  const request = { ...body, revive: call.principal.role !== 'agent', mechanism: shown.mechanism }
  const renewed = await renewDelegation(call.service.issuer, parties, held.id, request, call.write)
  return represent(unwrap(renewed), parties.agent, shown)
}

/** What is revoked, or was never released, is not handed out again; what gave way to another is answered by that. */
function assertInForce(delegation: IssuedCredential): void {
  if (delegation.succession === 'open') return
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
