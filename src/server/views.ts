import { formatDateTime } from '../core/date-time.ts'
import type { IssuedCredential } from '../issuer/issued-credential.ts'
import type { Agent, Owner, Principal, Run } from '../issuer/ports.ts'
import { listUrl } from '../issuer/status-address.ts'
import { refreshAt } from '../model/credential.ts'

/*
 * What the API shows of each noun (docs/api.md). Times are ISO dates with milliseconds, in UTC; members without a
 * value are left out.
 */

export function ownerView(owner: Owner, credential?: IssuedCredential): object {
  const { tenant: _, version: __, createdAt, ...shown } = owner
  return {
    ...shown,
    createdAt: formatDateTime(createdAt),
    ...(credential?.jwt !== undefined && { credential: credential.jwt }),
  }
}

export function agentView({ tenant: _, ownerId, createdAt, ...shown }: Agent): object {
  return { ...shown, owner: ownerId, createdAt: formatDateTime(createdAt) }
}

export function delegationView(origin: string, credential: IssuedCredential): object {
  const { tenant, id, agentId, ownerId, state, suspended, position, lease, terms } = credential
  return {
    id,
    agent: agentId,
    owner: ownerId,
    state,
    suspended,
    ...timesOf(credential),
    revocationList: listUrl(origin, tenant, 'revocation', position.list),
    position,
    lease,
    ...terms,
    createdAt: formatDateTime(credential.createdAt),
  }
}

/** Validity, and from when on a new credential is to be had. */
function timesOf(credential: IssuedCredential): object {
  return {
    validFrom: formatDateTime(credential.validFrom),
    validUntil: formatDateTime(credential.validUntil),
    refreshAt: formatDateTime(refreshAt(credential)),
  }
}

export interface ChainView {
  /** Compact tokens, root first. */
  readonly chain: readonly string[]
  readonly validUntil: string
  readonly refreshAt: string
}

/**
 * A chain as an agent keeps it, and until when: what ends first counts.
 *
 * @param owner Link 0. @param delegation Link 1, signed.
 */
export function chainView(owner: IssuedCredential, delegation: IssuedCredential): ChainView {
  return {
    chain: [owner.jwt ?? '', delegation.jwt ?? ''],
    validUntil: formatDateTime(Math.min(owner.validUntil, delegation.validUntil)),
    refreshAt: formatDateTime(Math.min(refreshAt(owner), refreshAt(delegation))),
  }
}

export function runView(run: Run): object {
  const { tenant: _, delegationId, parentId, validUntil, createdAt, ...shown } = run
  return {
    ...shown,
    delegation: delegationId,
    parent: parentId,
    validUntil: formatDateTime(validUntil),
    createdAt: formatDateTime(createdAt),
  }
}

export function principalView({ tenant, did, role, ownerId, agentId, revokerOf }: Principal): object {
  return {
    tenant,
    did,
    role,
    ...(ownerId !== undefined && { owner: ownerId }),
    ...(agentId !== undefined && { agent: agentId }),
    ...(revokerOf !== undefined && { revokerOf }),
  }
}
