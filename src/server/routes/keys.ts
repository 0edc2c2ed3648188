import { formatDateTime } from '../../core/date-time.ts'
import { encodeMultikey } from '../../did/multikey.ts'
import { ProcuraError } from '../../errors.ts'
import { type ListedKey, ROTATABLE_USES } from '../../issuer/key-store.ts'
import { PARTY_USES, type PartyUse } from '../../issuer/lifecycle-store.ts'
import type { Tenant } from '../../issuer/records.ts'
import { rotateKey, scheduleRotation } from '../../issuer/rotate-service-key.ts'
import { found, tenantOf } from '../authorize.ts'
import {
  KEY_OPERATIONS,
  keyRevocationSchema,
  keyRotationSchema,
  keyScheduleSchema,
} from '../contract/keys.ts'
import { json, unwrap } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import type { SignedRoute } from '../http/route.ts'
import { invalidMember, parseBody } from '../http/schema.ts'

/** Keys of the service itself: authority, status issuer, audit trail, webhooks, security events. */
export const keyRoutes: readonly SignedRoute[] = [
  {
    method: 'GET',
    path: '/v1/keys',
    access: ['admin', 'auditor'],
    operation: KEY_OPERATIONS.list,
    handle: async (call) => json({ items: (await listed(call)).map(keyView) }),
  },
  {
    method: 'POST',
    path: '/v1/keys/rotate',
    access: ['admin'],
    operation: KEY_OPERATIONS.rotate,
    handle: rotate,
  },
  {
    method: 'POST',
    path: '/v1/keys/schedule',
    access: ['admin'],
    operation: KEY_OPERATIONS.schedule,
    handle: schedule,
  },
  {
    method: 'GET',
    path: '/v1/keys/schedule',
    access: ['admin', 'auditor'],
    operation: KEY_OPERATIONS.schedules,
    handle: schedules,
  },
  {
    method: 'POST',
    path: '/v1/keys/revoke',
    access: ['admin'],
    operation: KEY_OPERATIONS.revoke,
    handle: revoke,
  },
]

async function rotate(call: SignedCall): Promise<Response> {
  const { use, grace, propagationSeconds, signer } = parseBody(keyRotationSchema, call.body)
  const request = {
    use,
    isEmergency: grace === 0,
    ...(propagationSeconds !== undefined && { propagationMs: propagationSeconds * 1000 }),
    ...(signer !== undefined && { signer }),
  }
  const { issuer } = call.service
  const tenant = await tenantOf(call)
  const rotated = await rotateKey(issuer, tenant, request, call.write).catch((error: unknown) => {
    throw signer === undefined ? error : asInvalidSigner(error)
  })
  return await show(call, unwrap(rotated).id)
}

/** A token that is not there, or has not the key, is the caller's to know; its messages name neither PIN nor key. */
function asInvalidSigner(error: unknown): unknown {
  const isOfToken =
    error instanceof ProcuraError &&
    (error.code === 'ERR_PROCURA_INVALID_CONFIGURATION' || error.code === 'ERR_PROCURA_INVALID_KEY')
  return isOfToken ? invalidMember('/signer', error.message) : error
}

async function schedule(call: SignedCall): Promise<Response> {
  const { use, rotateAfterDays: days } = parseBody(keyScheduleSchema, call.body)
  const { issuer } = call.service
  if (isParty(use)) {
    return json(scheduleView(unwrap(await issuer.store.schedulePartyKeys(use, days, call.write)), use))
  }
  const wanted = { use, ...(days !== undefined && { days }) }
  const { id } = unwrap(await scheduleRotation(issuer, await tenantOf(call), wanted, call.write))
  return await show(call, id)
}

async function schedules(call: SignedCall): Promise<Response> {
  const tenant = await tenantOf(call)
  return json({ items: PARTY_USES.map((use) => scheduleView(tenant, use)) })
}

function isParty(use: string): use is PartyUse {
  return PARTY_USES.some((one) => one === use)
}

function scheduleView({ ownerKeyDays, agentKeyDays }: Tenant, use: PartyUse): object {
  const days = use === 'owner' ? ownerKeyDays : agentKeyDays
  return { use, ...(days !== undefined && { rotateAfterDays: days }) }
}

async function revoke(call: SignedCall): Promise<Response> {
  const { id, reason } = parseBody(keyRevocationSchema, call.body)
  unwrap(await call.service.issuer.store.revokeKey(id, reason, call.write))
  return await show(call, id)
}

async function listed({ service, principal }: SignedCall): Promise<readonly ListedKey[]> {
  const { keys } = service.issuer
  return (await Promise.all(ROTATABLE_USES.map((use) => keys.list(principal.tenant, use)))).flat()
}

async function show(call: SignedCall, id: string): Promise<Response> {
  return json(keyView(found((await listed(call)).find((one) => one.id === id))))
}

function keyView(key: ListedKey): object {
  const { id, use, state, publicKey, createdAt, activateAt, retiredAt, revokeAt, rotateAfterDays } = key
  return {
    id,
    use,
    state,
    ...(publicKey !== undefined && { publicKeyMultibase: encodeMultikey(publicKey) }),
    createdAt: formatDateTime(createdAt),
    ...timeOf('activateAt', activateAt),
    ...timeOf('retiredAt', retiredAt),
    ...timeOf('revokeAt', revokeAt),
    ...(rotateAfterDays !== undefined && { rotateAfterDays }),
  }
}

function timeOf(name: string, at: number | undefined): object {
  return at === undefined ? {} : { [name]: formatDateTime(at) }
}
