import { formatDateTime } from '../../core/date-time.ts'
import type { CascadeScope } from '../../issuer/agent-store.ts'
import type { EmergencyEntry } from '../../issuer/emergency-store.ts'
import { ROTATABLE_USES } from '../../issuer/key-store.ts'
import type { Store } from '../../issuer/ports.ts'
import { type Did, parseDidUrl } from '../../model/did.ts'
import { tenantOf } from '../authorize.ts'
import { EMERGENCY_OPERATIONS, type EmergencyBody, emergencySchema } from '../contract/emergency.ts'
import { json, unwrap } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import type { SignedRoute } from '../http/route.ts'
import { invalidMember, parseBody } from '../http/schema.ts'
import { MAX_PAGE_ITEMS } from '../limits.ts'

const PATH = '/v1/emergency'

/** What counts no more, whatever was signed for it. */
export const emergencyRoutes: readonly SignedRoute[] = [
  { method: 'POST', path: PATH, access: ['admin'], operation: EMERGENCY_OPERATIONS.add, handle: add },
  {
    method: 'GET',
    path: PATH,
    access: ['admin', 'auditor'],
    operation: EMERGENCY_OPERATIONS.list,
    handle: list,
  },
]

async function add(call: SignedCall): Promise<Response> {
  const { dryRun, ...entry } = parseBody(emergencySchema, call.body)
  const { authority } = await tenantOf(call)
  if (entry.kind === 'authority' && entry.name !== authority)
    throw invalidMember('/name', 'must be the DID of this authority')
  if (dryRun === true) return json({ dryRun: true, ...(await previewOf(call, entry)) })
  return json(entryView(unwrap(await call.service.issuer.store.addEmergency(entry, call.write))))
}

async function list({ service, principal }: SignedCall): Promise<Response> {
  const { entries } = await service.issuer.store.emergency(principal.tenant)
  return json({ items: entries.map(entryView) })
}

/** Who it is in this registry. Somebody who was never registered can be listed as well. */
async function previewOf(
  { service, principal: { tenant } }: SignedCall,
  { kind, name }: EmergencyBody,
): Promise<object> {
  const { store, keys } = service.issuer
  if (kind === 'authority') return { is: 'authority' }
  const listed = (await Promise.all(ROTATABLE_USES.map((use) => keys.list(tenant, use)))).flat()
  if (listed.some(({ id }) => id === name)) return { is: 'service_key' }
  const did = (parseDidUrl(name)?.did ?? name) as Did
  const scope = await scopeOf(store, tenant, did)
  if (scope === undefined) return { is: 'nobody' }
  const { agents, delegations, runs } = await store.previewCascade(tenant, scope)
  return { is: scope.agentId === undefined ? 'owner' : 'agent', agents, delegations, runs }
}

/** What ends with somebody: agents and persons by the DID with which they call, owners by that of their credential. */
async function scopeOf(store: Store, tenant: string, did: Did): Promise<CascadeScope | undefined> {
  const { tenant: own, ownerId, agentId } = (await store.principal(did)) ?? {}
  if (own === tenant && ownerId !== undefined) return { ownerId, ...(agentId !== undefined && { agentId }) }
  for (let after: string | undefined; ; ) {
    const page = { limit: MAX_PAGE_ITEMS, ...(after !== undefined && { after }) }
    const { items, next } = await store.owners(tenant, page)
    const owner = items.find((one) => one.did === did)
    if (owner !== undefined) return { ownerId: owner.id }
    if (next === undefined) return undefined
    after = next
  }
}

function entryView({ addedAt, ...entry }: EmergencyEntry): object {
  return { ...entry, addedAt: formatDateTime(addedAt) }
}
