import { encodeBase64 } from '../../core/base64.ts'
import { formatDateTime } from '../../core/date-time.ts'
import type { StoredCheckpoint } from '../../issuer/audit-store.ts'
import { encodeVerifierKey } from '../../securing/signed-note/note.ts'
import { ApiError } from '../api-error.ts'
import { auditOrigin } from '../audit/checkpoint.ts'
import { exportPage } from '../audit/export-lines.ts'
import { auditTree } from '../audit/grow-tree.ts'
import { tenantOf } from '../authorize.ts'
import { AUDIT_FILTERS, AUDIT_OPERATIONS, LINES_TYPE } from '../contract/audit.ts'
import { json, page } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { parseCounts } from '../http/counts.ts'
import { parseListQuery } from '../http/query.ts'
import type { SignedRoute } from '../http/route.ts'
import { invalidMember } from '../http/schema.ts'
import type { Service } from '../service.ts'

/** The audit trail, for those who may read what was done, with what proves it (docs/audit.md). */
export const auditRoutes: readonly SignedRoute[] = [
  {
    method: 'GET',
    path: '/v1/audit',
    access: ['admin', 'auditor'],
    operation: AUDIT_OPERATIONS.list,
    handle: entries,
  },
  {
    method: 'GET',
    path: '/v1/audit/checkpoint',
    access: ['admin', 'auditor'],
    operation: AUDIT_OPERATIONS.checkpoint,
    handle: checkpoint,
  },
  {
    method: 'GET',
    path: '/v1/audit/proofs/inclusion',
    access: ['admin', 'auditor'],
    operation: AUDIT_OPERATIONS.inclusion,
    handle: inclusion,
  },
  {
    method: 'GET',
    path: '/v1/audit/proofs/consistency',
    access: ['admin', 'auditor'],
    operation: AUDIT_OPERATIONS.consistency,
    handle: consistency,
  },
  {
    method: 'GET',
    path: '/v1/audit/export',
    access: ['admin', 'auditor'],
    operation: AUDIT_OPERATIONS.export,
    handle: exported,
  },
]

/** Entries as they were hashed, so that a reader can follow the chain: `at` in milliseconds. */
async function entries(call: SignedCall): Promise<Response> {
  const { page: asked, filter } = parseListQuery(call.query, AUDIT_FILTERS)
  const filters = {
    ...(filter.owner !== undefined && { ownerId: filter.owner }),
    ...(filter.agent !== undefined && { agentId: filter.agent }),
  }
  const { store } = call.service.issuer
  return page(await store.audit(call.principal.tenant, filters, asked), (entry) => entry)
}

async function checkpoint(call: SignedCall): Promise<Response> {
  parseCounts(call.query, {})
  const { tenant } = call.principal
  const { size, note, at } = await newestCheckpoint(call.service, tenant)
  return json({ size, note, at: formatDateTime(at), key: await auditKey(call.service, tenant) })
}

async function exported(call: SignedCall): Promise<Response> {
  const tenant = await tenantOf(call)
  const held = await newestCheckpoint(call.service, tenant.id)
  const { after = 0 } = parseCounts(call.query, { after: held.size })
  const page = await exportPage(call.service.issuer, tenant, after, held)
  return new Response(page, { headers: { 'content-type': LINES_TYPE, 'cache-control': 'no-store' } })
}

async function inclusion(call: SignedCall): Promise<Response> {
  const { tenant } = call.principal
  const held = await newestCheckpoint(call.service, tenant)
  const { seq, size = held.size } = parseCounts(call.query, { seq: held.size, size: held.size })
  if (seq === undefined) throw invalidMember('?seq', 'is missing')
  if (seq > size) throw invalidMember('?seq', `must be a whole number, 1 to ${size}`)
  const tree = auditTree(call.service.issuer.store, tenant)
  const [leafHash, hashes] = await Promise.all([tree.leafHash(seq - 1), tree.inclusion(seq - 1, size)])
  return json({ seq, size, leafHash: encodeBase64(leafHash), hashes: hashes.map(encodeBase64) })
}

async function consistency(call: SignedCall): Promise<Response> {
  const { tenant } = call.principal
  const held = await newestCheckpoint(call.service, tenant)
  const { from, to = held.size } = parseCounts(call.query, { from: held.size, to: held.size })
  if (from === undefined) throw invalidMember('?from', 'is missing')
  if (from > to) throw invalidMember('?from', `must be a whole number, 1 to ${to}`)
  const hashes = await auditTree(call.service.issuer.store, tenant).consistency(from, to)
  return json({ from, to, hashes: hashes.map(encodeBase64) })
}

/** @throws {ApiError} `unavailable` in the first moments of a tenant. */
async function newestCheckpoint({ issuer }: Service, tenant: string): Promise<StoredCheckpoint> {
  const held = await issuer.store.auditCheckpoint(tenant)
  if (held !== undefined) return held
  const detail = 'no checkpoint of the audit trail was signed yet; the first one is due in seconds'
  throw new ApiError('unavailable', { detail, headers: { 'retry-after': '10' } })
}

/** Name and key that checkpoints of a tenant are signed with, as tools of transparency logs take them. */
export async function auditKey({ issuer }: Service, tenant: string): Promise<string> {
  const { publicKey } = await issuer.keys.audit(tenant)
  const generation = await issuer.store.auditGeneration(tenant)
  return encodeVerifierKey({ name: auditOrigin(issuer.origin, tenant, generation), key: publicKey })
}
