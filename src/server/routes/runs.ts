import { parseLink } from '../../delegation/parse-link.ts'
import type { IssuedCredential } from '../../issuer/issued-credential.ts'
import { registerRun } from '../../issuer/register-run.ts'
import { ApiError } from '../api-error.ts'
import { delegationOf, runOf, scopeOf } from '../authorize.ts'
import { newRunSchema, RUN_FILTERS, RUN_OPERATIONS } from '../contract/runs.ts'
import { created, json, page, unwrap, unwrapReplay } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { parseListQuery } from '../http/query.ts'
import type { SignedRoute } from '../http/route.ts'
import { emptySchema, parseBody, reasonSchema } from '../http/schema.ts'
import { runView } from '../views.ts'

const READERS = ['admin', 'auditor', 'revoker', 'owner', 'agent'] as const

export const runRoutes: readonly SignedRoute[] = [
  {
    method: 'POST',
    path: '/v1/runs',
    access: ['agent'],
    operation: RUN_OPERATIONS.register,
    handle: register,
  },
  { method: 'GET', path: '/v1/runs', access: READERS, operation: RUN_OPERATIONS.list, handle: list },
  { method: 'GET', path: '/v1/runs/:id', access: READERS, operation: RUN_OPERATIONS.show, handle: show },
  {
    method: 'POST',
    path: '/v1/runs/:id/complete',
    access: ['admin', 'owner', 'agent'],
    operation: RUN_OPERATIONS.complete,
    handle: complete,
  },
  {
    method: 'POST',
    path: '/v1/runs/:id/revoke',
    access: ['admin', 'revoker', 'owner', 'agent'],
    operation: RUN_OPERATIONS.revoke,
    handle: revoke,
  },
]

async function register(call: SignedCall): Promise<Response> {
  const { chain: tokens } = parseBody(newRunSchema, call.body)
  const delegation = await ownDelegation(call, tokens[0] ?? '')
  const { issuer } = call.service
  const { value, replayed } = unwrapReplay(await registerRun(issuer, { delegation, tokens }, call.write))
  return created(`/v1/runs/${value.id}`, runView(value), replayed)
}

/** The delegation that link 1 names, as the registry has it: in force, and the caller's own. */
async function ownDelegation(call: SignedCall, text: string): Promise<IssuedCredential> {
  const link = await parseLink(text)
  if (!link.verified) throw new ApiError('chain_refused', { refusal: { ...link.refusal, link: 1 } })
  const delegation = await delegationOf(call, link.value.credential.id)
  if (delegation.state !== 'active') throw new ApiError('delegation_ended')
  if (delegation.suspended) throw new ApiError('delegation_suspended')
  return delegation
}

async function list(call: SignedCall): Promise<Response> {
  const { page: asked, filter } = parseListQuery(call.query, RUN_FILTERS)
  const scope = scopeOf(call.principal, {
    ...(filter.owner !== undefined && { ownerId: filter.owner }),
    ...(filter.agent !== undefined && { agentId: filter.agent }),
  })
  const filters = {
    ...scope,
    ...(filter.parent !== undefined && { parentId: filter.parent }),
    ...(filter.delegation !== undefined && { delegationId: filter.delegation }),
  }
  return page(await call.service.issuer.store.runs(call.principal.tenant, filters, asked), runView)
}

async function show(call: SignedCall): Promise<Response> {
  return json(runView(await runOf(call, call.params.id ?? '')))
}

async function complete(call: SignedCall): Promise<Response> {
  parseBody(emptySchema, call.body)
  const { id } = await runOf(call, call.params.id ?? '')
  return json(runView(unwrap(await call.service.issuer.store.completeRun(id, call.write))))
}

async function revoke(call: SignedCall): Promise<Response> {
  const { reason } = parseBody(reasonSchema, call.body)
  const { id } = await runOf(call, call.params.id ?? '')
  return json(runView(unwrap(await call.service.issuer.store.revokeRun(id, reason, call.write))))
}
