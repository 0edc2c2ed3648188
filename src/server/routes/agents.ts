import { resume, suspend } from '../../issuer/holds.ts'
import { createId } from '../../issuer/ids.ts'
import type { Owner } from '../../issuer/records.ts'
import { MAX_GRACE_SECONDS, rotateAgentKey } from '../../issuer/rotate-party-key.ts'
import { updateAgent } from '../../issuer/update-agent.ts'
import { ApiError } from '../api-error.ts'
import { agentOf, assertWithin, ownerOf, partiesOf, scopeOf, tenantOf } from '../authorize.ts'
import { AGENT_LEASES_OPERATION } from '../contract/agent-leases.ts'
import { TRANSFER_OPERATION, transferSchema } from '../contract/agent-transfer.ts'
import {
  AGENT_FILTERS,
  AGENT_OPERATIONS,
  agentChangesSchema,
  agentKeySchema,
  newAgentSchema,
} from '../contract/agents.ts'
import { cascadeSchema } from '../contract/cascade.ts'
import { DEPENDANTS_OPERATION } from '../contract/dependants.ts'
import { dependantView } from '../dependants-view.ts'
import { created, json, page, unwrap, unwrapReplay } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { parseListQuery } from '../http/query.ts'
import type { SignedRoute } from '../http/route.ts'
import { emptySchema, invalidMember, parseBody, reasonSchema } from '../http/schema.ts'
import { assertUsableDid } from '../http/usable-did.ts'
import { leasesView } from '../lease-view.ts'
import { agentView, previewView } from '../views.ts'

/** Who sees also what an agent made for owners whom it acted for before. */
const SEES_ALL: ReadonlySet<string> = new Set(['admin', 'auditor'])

export const agentRoutes: readonly SignedRoute[] = [
  {
    method: 'POST',
    path: '/v1/agents',
    access: ['admin', 'owner'],
    operation: AGENT_OPERATIONS.create,
    handle: create,
  },
  {
    method: 'GET',
    path: '/v1/agents',
    access: ['admin', 'auditor', 'revoker', 'owner'],
    operation: AGENT_OPERATIONS.list,
    handle: list,
  },
  {
    method: 'GET',
    path: '/v1/agents/:id',
    access: ['admin', 'auditor', 'revoker', 'owner', 'agent'],
    operation: AGENT_OPERATIONS.show,
    handle: show,
  },
  {
    method: 'GET',
    path: '/v1/agents/:id/dependants',
    access: ['admin', 'auditor', 'revoker', 'owner', 'agent'],
    operation: DEPENDANTS_OPERATION,
    handle: dependants,
  },
  {
    method: 'GET',
    path: '/v1/agents/:id/leases',
    access: ['admin', 'auditor', 'revoker', 'owner', 'agent'],
    operation: AGENT_LEASES_OPERATION,
    handle: leases,
  },
  {
    method: 'PATCH',
    path: '/v1/agents/:id',
    access: ['admin', 'owner'],
    operation: AGENT_OPERATIONS.update,
    handle: update,
  },
  {
    method: 'POST',
    path: '/v1/agents/:id/transfer',
    access: ['admin'],
    operation: TRANSFER_OPERATION,
    handle: transfer,
  },
  {
    method: 'POST',
    path: '/v1/agents/:id/suspend',
    access: ['admin', 'revoker', 'owner'],
    operation: AGENT_OPERATIONS.suspend,
    handle: placeHold,
  },
  {
    method: 'POST',
    path: '/v1/agents/:id/resume',
    access: ['admin', 'revoker', 'owner'],
    operation: AGENT_OPERATIONS.resume,
    handle: liftHold,
  },
  {
    method: 'POST',
    path: '/v1/agents/:id/keys',
    access: ['admin', 'owner', 'agent'],
    operation: AGENT_OPERATIONS.rotate,
    handle: rotate,
  },
  {
    method: 'POST',
    path: '/v1/agents/:id/revoke',
    access: ['admin', 'revoker', 'owner'],
    operation: AGENT_OPERATIONS.revoke,
    handle: revoke,
  },
]

async function create(call: SignedCall): Promise<Response> {
  if (!Object.hasOwn(call.body, 'owner')) throw new ApiError('owner_required')
  const body = parseBody(newAgentSchema, call.body)
  const owner = await accountableOwner(call, body.owner)
  await assertUsableDid(call, await tenantOf(call), body.did, '/did')
  const { store, random } = call.service.issuer
  const { owner: _, mode = 'delegated', ...rest } = body
  const agent = { ...rest, mode, tenant: owner.tenant, id: createId('agt', random), ownerId: owner.id }
  const { value, replayed } = unwrapReplay(await store.createAgent(agent, call.write))
  return created(`/v1/agents/${value.id}`, agentView(value), replayed)
}

/** There is no agent without an owner who exists and is here; another tenant's owner does not exist. */
export async function accountableOwner({ service, principal }: SignedCall, id: string): Promise<Owner> {
  const owner = await service.issuer.store.owner(principal.tenant, id)
  if (owner === undefined) throw new ApiError('owner_required', { detail: 'there is no such owner' })
  assertWithin(principal, owner.id)
  return owner
}

async function list(call: SignedCall): Promise<Response> {
  const { page: asked, filter } = parseListQuery(call.query, AGENT_FILTERS)
  const scope = scopeOf(call.principal, filter.owner === undefined ? {} : { ownerId: filter.owner })
  return page(await call.service.issuer.store.agents(call.principal.tenant, scope, asked), agentView)
}

async function show(call: SignedCall): Promise<Response> {
  return json(agentView(await agentOf(call, call.params.id ?? '')))
}

async function dependants(call: SignedCall): Promise<Response> {
  const { page: asked } = parseListQuery(call.query, [])
  const { tenant, id } = await agentOf(call, call.params.id ?? '')
  const { store, clock } = call.service.issuer
  return page(await store.dependants(tenant, { agentId: id, at: clock() }, asked), dependantView)
}

async function leases(call: SignedCall): Promise<Response> {
  const { page: asked } = parseListQuery(call.query, [])
  const { tenant, id, ownerId } = await agentOf(call, call.params.id ?? '')
  const { store, clock } = call.service.issuer
  // What an agent made for an owner before is no business of the one whom it acts for now.
  const scope = SEES_ALL.has(call.principal.role) ? {} : { ownerId }
  const at = clock()
  const leases = await store.leases(tenant, { ...scope, agentId: id, at }, asked)
  return json(leasesView(leases, at, call.principal.role !== 'agent'))
}

async function update(call: SignedCall): Promise<Response> {
  const changes = parseBody(agentChangesSchema, call.body)
  const parties = await partiesOf(call, await agentOf(call, call.params.id ?? ''))
  const outcome = await updateAgent(call.service.issuer, parties, changes, call.write)
  if (!outcome.done && outcome.refusal.code === 'invalid_terms') {
    throw invalidMember(`/${outcome.refusal.member}`, 'makes a delegation of the agent too large')
  }
  return json(agentView(unwrap(outcome)))
}

async function transfer(call: SignedCall): Promise<Response> {
  const { owner, reason } = parseBody(transferSchema, call.body)
  const { id } = await agentOf(call, call.params.id ?? '')
  const { id: to } = await ownerOf(call, owner)
  const { store } = call.service.issuer
  const { agent, ...ended } = unwrap(await store.transferAgent(id, { to, reason }, call.write))
  return json({ agent: agentView(agent), ...ended })
}

async function placeHold(call: SignedCall): Promise<Response> {
  const { reason } = parseBody(reasonSchema, call.body)
  const { id } = await agentOf(call, call.params.id ?? '')
  unwrap(await suspend(call.service.issuer, { kind: 'agent', id }, reason, call.write))
  return await show(call)
}

async function liftHold(call: SignedCall): Promise<Response> {
  parseBody(emptySchema, call.body)
  const { id } = await agentOf(call, call.params.id ?? '')
  unwrap(await resume(call.service.issuer, { kind: 'agent', id }, call.write))
  return await show(call)
}

async function rotate(call: SignedCall): Promise<Response> {
  const { did, graceSeconds = MAX_GRACE_SECONDS } = parseBody(agentKeySchema, call.body)
  const { id } = await agentOf(call, call.params.id ?? '')
  await assertUsableDid(call, await tenantOf(call), did, '/did')
  const rotation = { id, did, graceSeconds }
  return json(agentView(unwrap(await rotateAgentKey(call.service.issuer, rotation, call.write))))
}

async function revoke(call: SignedCall): Promise<Response> {
  const { reason, dryRun } = parseBody(cascadeSchema, call.body)
  const { tenant, id, ownerId } = await agentOf(call, call.params.id ?? '')
  const { store } = call.service.issuer
  if (dryRun === true) {
    return json(previewView(await store.previewCascade(tenant, { ownerId, agentId: id })))
  }
  return json(agentView(unwrap(await store.revokeAgent(id, reason, call.write))))
}
