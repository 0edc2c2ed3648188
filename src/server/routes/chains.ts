import { findShownLink } from '../../issuer/shown-link.ts'
import { ApiError } from '../api-error.ts'
import { CHAIN_OPERATIONS, chainEvidenceSchema } from '../contract/chains.ts'
import { json, unwrap } from '../http/answer.ts'
import type { KeyCall } from '../http/call.ts'
import type { KeyRoute } from '../http/route.ts'
import { parseBody } from '../http/schema.ts'

/** For those who have a credential and no role: runs, sub-agents and what they delegated to. */
export const chainRoutes: readonly KeyRoute[] = [
  {
    method: 'POST',
    path: '/v1/chains/revoke',
    access: 'key',
    operation: CHAIN_OPERATIONS.revoke,
    handle: revoke,
  },
]

/** Who stands in no chain is a stranger, and is counted as one. */
async function revoke(call: KeyCall): Promise<Response> {
  const { chain, reason } = parseBody(chainEvidenceSchema, call.body)
  const { issuer } = call.service
  const link = await findShownLink(issuer, chain, call.did)
  if (!link.verified) throw new ApiError('unknown_principal', { refusal: link.refusal })
  const { tenant, asserted, delegation, position } = link.value
  const principal = { tenant, did: call.did, role: 'holder' } as const
  await call.admit(principal)
  const context = { ...call.write, principal }
  const by = { ...(delegation.agentId !== undefined && { leasedTo: delegation.agentId }), shown: asserted }
  unwrap(await issuer.store.revokeLease(position, reason, by, context))
  return json({ id: asserted.id, state: 'revoked' })
}
