import { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import { createOwner } from '../../issuer/create-owner.ts'
import { resume, suspend } from '../../issuer/holds.ts'
import type { Did } from '../../model/did.ts'
import { MAX_REVOKERS } from '../../model/parse-owner-subject.ts'
import { ownerOf, tenantOf } from '../authorize.ts'
import { created, json, page, unwrap, unwrapReplay } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { parseListQuery } from '../http/query.ts'
import type { SignedRoute } from '../http/route.ts'
import {
  detailsSchema,
  didSchema,
  emptySchema,
  nameSchema,
  parseBody,
  reasonSchema,
  tokenSchema,
} from '../http/schema.ts'
import { assertUsableDid } from '../http/usable-did.ts'
import { ownerView } from '../views.ts'

/** How sure one is of who the accountable human is, when nothing is said. */
const DEFAULT_ASSURANCE = 'unspecified'

interface NewOwnerBody {
  readonly name: string
  readonly accountable: string
  readonly team?: string
  readonly assurance?: string
  readonly environment?: string
  readonly entitlements: readonly JsonObject[]
  readonly revokers?: readonly Did[]
  readonly principal?: Did
}

const newOwnerSchema: z.ZodType<NewOwnerBody> = z.strictObject({
  name: nameSchema,
  accountable: nameSchema,
  team: z.exactOptional(nameSchema),
  assurance: z.exactOptional(tokenSchema),
  environment: z.exactOptional(tokenSchema),
  entitlements: detailsSchema,
  revokers: z.exactOptional(z.array(didSchema).max(MAX_REVOKERS)),
  principal: z.exactOptional(didSchema),
})

export const ownerRoutes: readonly SignedRoute[] = [
  { method: 'POST', path: '/v1/owners', access: ['admin'], handle: create },
  { method: 'GET', path: '/v1/owners', access: ['admin', 'auditor', 'revoker', 'owner'], handle: list },
  { method: 'GET', path: '/v1/owners/:id', access: ['admin', 'auditor', 'revoker', 'owner'], handle: show },
  { method: 'POST', path: '/v1/owners/:id/suspend', access: ['admin', 'revoker'], handle: placeHold },
  { method: 'POST', path: '/v1/owners/:id/resume', access: ['admin', 'revoker'], handle: liftHold },
  { method: 'POST', path: '/v1/owners/:id/offboard', access: ['admin'], handle: offboard },
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
  const { reason } = parseBody(reasonSchema, call.body)
  const { id } = await ownerOf(call, call.params.id ?? '')
  return json(unwrap(await call.service.issuer.store.offboardOwner(id, reason, call.write)))
}
