import { createOwner, type OwnerWithCredential } from '../../issuer/create-owner.ts'
import { resume, suspend } from '../../issuer/holds.ts'
import { MAX_GRACE_SECONDS, rotateOwnerKey } from '../../issuer/rotate-party-key.ts'
import { updateOwner } from '../../issuer/update-owner.ts'
import { ownerOf, tenantOf } from '../authorize.ts'
import { cascadeSchema } from '../contract/cascade.ts'
import { newOwnerSchema, OWNER_OPERATIONS, ownerChangesSchema, ownerKeySchema } from '../contract/owners.ts'
import { created, json, page, unwrap, unwrapReplay } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { parseListQuery } from '../http/query.ts'
import type { SignedRoute } from '../http/route.ts'
import { emptySchema, parseBody, reasonSchema } from '../http/schema.ts'
import { assertUsableDid } from '../http/usable-did.ts'
import { ownerView, previewView } from '../views.ts'

/** How sure one is of who the accountable human is, when nothing is said. */
const DEFAULT_ASSURANCE = 'unspecified'

export const ownerRoutes: readonly SignedRoute[] = [
  {
    method: 'POST',
    path: '/v1/owners',
    access: ['admin'],
    operation: OWNER_OPERATIONS.create,
    handle: create,
  },
  {
    method: 'GET',
    path: '/v1/owners',
    access: ['admin', 'auditor', 'revoker', 'owner'],
    operation: OWNER_OPERATIONS.list,
    handle: list,
  },
  {
    method: 'GET',
    path: '/v1/owners/:id',
    access: ['admin', 'auditor', 'revoker', 'owner'],
    operation: OWNER_OPERATIONS.show,
    handle: show,
  },
  {
    method: 'PATCH',
    path: '/v1/owners/:id',
    access: ['admin'],
    operation: OWNER_OPERATIONS.update,
    handle: update,
  },
  {
    method: 'POST',
    path: '/v1/owners/:id/keys',
    access: ['admin', 'owner'],
    operation: OWNER_OPERATIONS.rotate,
    handle: rotate,
  },
  {
    method: 'POST',
    path: '/v1/owners/:id/suspend',
    access: ['admin', 'revoker'],
    operation: OWNER_OPERATIONS.suspend,
    handle: placeHold,
  },
  {
    method: 'POST',
    path: '/v1/owners/:id/resume',
    access: ['admin', 'revoker'],
    operation: OWNER_OPERATIONS.resume,
    handle: liftHold,
  },
  {
    method: 'POST',
    path: '/v1/owners/:id/offboard',
    access: ['admin'],
    operation: OWNER_OPERATIONS.offboard,
    handle: offboard,
  },
]

async function create(call: SignedCall): Promise<Response> {
  const { accountable, ...body } = parseBody(newOwnerSchema, call.body)
  const tenant = await tenantOf(call)
  if (body.principal !== undefined) await assertUsableDid(call, tenant, body.principal, '/principal')
  const request = {
    ...body,
    accountableName: accountable,
    assurance: body.assurance ?? DEFAULT_ASSURANCE,
    environment: body.environment ?? tenant.environment,
    revokers: body.revokers ?? [],
  }
  const { value, replayed } = unwrapReplay(
    await createOwner(call.service.issuer, tenant, request, call.write),
  )
  return created(`/v1/owners/${value.owner.id}`, ownerView(value.owner, value.credential), replayed)
}

async function update(call: SignedCall): Promise<Response> {
  const { accountable, ...body } = parseBody(ownerChangesSchema, call.body)
  const [owner, tenant] = [await ownerOf(call, call.params.id ?? ''), await tenantOf(call)]
  const changes = accountable === undefined ? body : { ...body, accountableName: accountable }
  const outcome = await updateOwner(call.service.issuer, { tenant, owner }, changes, call.write)
  return shownOwner(unwrap(outcome))
}

async function rotate(call: SignedCall): Promise<Response> {
  const { graceSeconds = MAX_GRACE_SECONDS } = parseBody(ownerKeySchema, call.body)
  const [owner, tenant] = [await ownerOf(call, call.params.id ?? ''), await tenantOf(call)]
  const rotation = { tenant, owner, graceSeconds }
  return shownOwner(unwrap(await rotateOwnerKey(call.service.issuer, rotation, call.write)))
}

function shownOwner({ owner, credential }: OwnerWithCredential): Response {
  return json(ownerView(owner, credential))
}

async function list(call: SignedCall): Promise<Response> {
  const { page: asked } = parseListQuery(call.query, [])
  const { store } = call.service.issuer
  const { tenant, role, ownerId = '', revokerOf } = call.principal
  if (role !== 'owner' && revokerOf === undefined) return page(await store.owners(tenant, asked), ownerView)
  const own = role === 'owner' ? [ownerId] : (revokerOf ?? [])
  const owners = await Promise.all(own.map((id) => store.owner(tenant, id)))
  return page({ items: owners.filter((owner) => owner !== undefined) }, ownerView)
}

async function show(call: SignedCall): Promise<Response> {
  const owner = await ownerOf(call, call.params.id ?? '')
  const { store } = call.service.issuer
  return json(ownerView(owner, await store.ownerCredential(owner.tenant, owner.id)))
}

async function placeHold(call: SignedCall): Promise<Response> {
  const { reason } = parseBody(reasonSchema, call.body)
  const { id } = await ownerOf(call, call.params.id ?? '')
  unwrap(await suspend(call.service.issuer, { kind: 'owner', id }, reason, call.write))
  return await show(call)
}

async function liftHold(call: SignedCall): Promise<Response> {
  parseBody(emptySchema, call.body)
  const { id } = await ownerOf(call, call.params.id ?? '')
  unwrap(await resume(call.service.issuer, { kind: 'owner', id }, call.write))
  return await show(call)
}

async function offboard(call: SignedCall): Promise<Response> {
  const { reason, dryRun } = parseBody(cascadeSchema, call.body)
  const { tenant, id } = await ownerOf(call, call.params.id ?? '')
  const { store } = call.service.issuer
  if (dryRun === true) return json(previewView(await store.previewCascade(tenant, { ownerId: id })))
  return json(unwrap(await store.offboardOwner(id, reason, call.write)))
}
