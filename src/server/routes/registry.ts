import { isOidcId, oidcId, type PrincipalId } from '../../issuer/principal-id.ts'
import { isDid } from '../../model/did.ts'
import { ApiError } from '../api-error.ts'
import { tenantOf } from '../authorize.ts'
import { type NewPrincipalBody, newPrincipalSchema, REGISTRY_OPERATIONS } from '../contract/registry.ts'
import { created, json, page, unwrap, unwrapReplay } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { parseListQuery } from '../http/query.ts'
import type { SignedRoute } from '../http/route.ts'
import { invalidMember, parseBody } from '../http/schema.ts'
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
  const body = parseBody(newPrincipalSchema, call.body)
  const did = await identityOf(call, body)
  const { role } = body
  const outcome = await call.service.issuer.store.addPrincipal(did, role, call.write)
  const { value, replayed } = unwrapReplay(outcome)
  return created(`/v1/principals/${did}`, principalView(value), replayed)
}

/** A key that can be somebody's, or a subject of a provider that this service trusts. */
async function identityOf(call: SignedCall, { did, oidc }: NewPrincipalBody): Promise<PrincipalId> {
  if (oidc !== undefined) {
    if (call.service.tokens?.isTrusted(oidc.issuer) === true) return oidcId(oidc)
    throw invalidMember('/oidc/issuer', 'must be an OpenID provider that the operator has listed')
  }
  if (did === undefined) throw invalidMember('/did', 'is missing')
  await assertUsableDid(call, await tenantOf(call), did, '/did')
  return did
}

async function list(call: SignedCall): Promise<Response> {
  const { page: asked } = parseListQuery(call.query, [])
  return page(await call.service.issuer.store.principals(call.principal.tenant, asked), principalView)
}

async function remove(call: SignedCall): Promise<Response> {
  const did = call.params.did ?? ''
  if (!isDid(did) && !isOidcId(did)) throw new ApiError('not_found')
  return json(principalView(unwrap(await call.service.issuer.store.removePrincipal(did, call.write))))
}
