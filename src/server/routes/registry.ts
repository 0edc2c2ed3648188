import { isDid } from '../../model/did.ts'
import { ApiError } from '../api-error.ts'
import { tenantOf } from '../authorize.ts'
import { newPrincipalSchema, REGISTRY_OPERATIONS } from '../contract/registry.ts'
import { created, json, page, unwrap, unwrapReplay } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { parseListQuery } from '../http/query.ts'
import type { SignedRoute } from '../http/route.ts'
import { parseBody } from '../http/schema.ts'
import { assertUsableDid } from '../http/usable-did.ts'
import { principalView } from '../views.ts'

/** Who may call. */
export const registryRoutes: readonly SignedRoute[] = [
  {
    method: 'GET',
    path: '/v1/whoami',
    access: ['admin', 'auditor', 'revoker', 'owner', 'agent'],
    operation: REGISTRY_OPERATIONS.whoami,
    handle: async (call) => json(principalView(call.principal)),
  },
  {
    method: 'POST',
    path: '/v1/principals',
    access: ['admin'],
    operation: REGISTRY_OPERATIONS.add,
    handle: add,
  },
  {
    method: 'GET',
    path: '/v1/principals',
    access: ['admin', 'auditor'],
    operation: REGISTRY_OPERATIONS.list,
    handle: list,
  },
  {
    method: 'DELETE',
    path: '/v1/principals/:did',
    access: ['admin'],
    operation: REGISTRY_OPERATIONS.remove,
    handle: remove,
  },
]

async function add(call: SignedCall): Promise<Response> {
  const { did, role } = parseBody(newPrincipalSchema, call.body)
  await assertUsableDid(call, await tenantOf(call), did, '/did')
  const outcome = await call.service.issuer.store.addPrincipal(did, role, call.write)
  const { value, replayed } = unwrapReplay(outcome)
  return created(`/v1/principals/${did}`, principalView(value), replayed)
}

async function list(call: SignedCall): Promise<Response> {
  const { page: asked } = parseListQuery(call.query, [])
  return page(await call.service.issuer.store.principals(call.principal.tenant, asked), principalView)
}

async function remove(call: SignedCall): Promise<Response> {
  const did = call.params.did ?? ''
  if (!isDid(did)) throw new ApiError('not_found')
  return json(principalView(unwrap(await call.service.issuer.store.removePrincipal(did, call.write))))
}
