import { resume, suspend } from '../../issuer/holds.ts'
import type { StatusPosition } from '../../issuer/issued-credential.ts'
import { pairOfUrl } from '../../issuer/status-address.ts'
import { STATUS_LIST_ENTRIES } from '../../status/bitstring.ts'
import { ApiError } from '../api-error.ts'
import { assertWithin, found } from '../authorize.ts'
import { endLeaseSchema, LEASE_OPERATIONS, type LeaseBody, resumeLeaseSchema } from '../contract/runs.ts'
import { json, unwrap } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import type { SignedRoute } from '../http/route.ts'
import { parseBody } from '../http/schema.ts'

const ENDERS = ['admin', 'revoker', 'owner', 'agent'] as const

export const leaseRoutes: readonly SignedRoute[] = [
  {
    method: 'POST',
    path: '/v1/leases/revoke',
    access: ENDERS,
    operation: LEASE_OPERATIONS.revoke,
    handle: revoke,
  },
  {
    method: 'POST',
    path: '/v1/leases/suspend',
    access: ENDERS,
    operation: LEASE_OPERATIONS.suspend,
    handle: placeHold,
  },
  {
    method: 'POST',
    path: '/v1/leases/resume',
    access: ENDERS,
    operation: LEASE_OPERATIONS.resume,
    handle: liftHold,
  },
]

async function revoke(call: SignedCall): Promise<Response> {
  const { reason, ...body } = parseBody(endLeaseSchema, call.body)
  const leased = await ownLease(call, body)
  const { role, agentId } = call.principal
  const by = role === 'agent' && agentId !== undefined ? { leasedTo: agentId } : {}
  unwrap(await call.service.issuer.store.revokeLease(leased, reason, by, call.write))
  return json({ ...body, state: 'revoked' })
}

async function placeHold(call: SignedCall): Promise<Response> {
  const { reason, ...body } = parseBody(endLeaseSchema, call.body)
  const target = { kind: 'lease', position: await ownLease(call, body) } as const
  unwrap(await suspend(call.service.issuer, target, reason, call.write))
  return json({ ...body, state: 'suspended' })
}

async function liftHold(call: SignedCall): Promise<Response> {
  const body = parseBody(resumeLeaseSchema, call.body)
  const target = { kind: 'lease', position: await ownLease(call, body) } as const
  unwrap(await resume(call.service.issuer, target, call.write))
  return json({ ...body, state: 'active' })
}

/** An index that is leased to a delegation of the caller, or of one whom the caller may act for. */
async function ownLease({ service, principal }: SignedCall, body: LeaseBody): Promise<StatusPosition> {
  const { store, origin } = service.issuer
  const list = pairOfUrl(origin, principal.tenant, body.statusListCredential)
  const index = Number(body.statusListIndex)
  if (list === undefined || index >= STATUS_LIST_ENTRIES) throw new ApiError('not_found')
  const holder = found(await store.leaseHolder(principal.tenant, { list, index }))
  if (principal.role === 'agent' && holder.agentId !== principal.agentId) throw new ApiError('not_your_lease')
  assertWithin(principal, holder.ownerId, holder.agentId)
  return { list, index }
}
