import { formatDateTime } from '../core/date-time.ts'
import type { CascadePreview } from '../issuer/agent-store.ts'
import type { Enrolment } from '../issuer/enrolment-store.ts'
import type { DelegationWithOwner } from '../issuer/issue-delegation.ts'
import { anyForm, chainMechanism, formOf, type IssuedCredential } from '../issuer/issued-credential.ts'
import { parseOidcId } from '../issuer/principal-id.ts'
import type { Agent, Owner, Principal, Run } from '../issuer/records.ts'
import { listUrl } from '../issuer/status-address.ts'
import type { Mechanism } from '../model/chain.ts'
import { refreshAt } from '../model/credential.ts'

/*
 * What the API shows of each noun (docs/api.md). Times are ISO dates with milliseconds, in UTC; members without a
 * value are left out.
 */

export function ownerView(owner: Owner, credential?: IssuedCredential): object {
  const { tenant: _, version: __, keyDueAt: ___, createdAt, ...shown } = owner
  const text = credential && anyForm(credential)
  return {
    ...shown,
    ...keyDueView(owner),
    createdAt: formatDateTime(createdAt),
    ...(text !== undefined && { credential: text }),
  }
}

export function agentView(agent: Agent): object {
  const { tenant: _, ownerId, keyDueAt: __, createdAt, ...shown } = agent
  return { ...shown, owner: ownerId, ...keyDueView(agent), createdAt: formatDateTime(createdAt) }
}

/** When the key is to be replaced, where the tenant has a schedule. */
export function keyDueView({ keyDueAt }: Pick<Agent, 'keyDueAt'>): object {
  return keyDueAt === undefined ? {} : { keyDueAt: formatDateTime(keyDueAt) }
}

/** What is known of a ticket but for the ticket. */
export function invitationView({ id, agent, delegation, createdBy, expiresAt }: Enrolment): object {
  const { id: agentId, ownerId, name, purpose, mode } = agent
  return {
    id,
    agent: agentId,
    owner: ownerId,
    name,
    purpose,
    mode,
    delegates: delegation !== undefined,
    createdBy,
    expiresAt: formatDateTime(expiresAt),
  }
}

/** Says itself that nothing was done. */
export function previewView(preview: CascadePreview): object {
  return { dryRun: true, ...preview }
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
    mechanism: chainMechanism(credential),
    ...(credential.endsAt !== undefined && { endsAt: formatDateTime(credential.endsAt) }),
    ...(credential.predecessorId !== undefined && { predecessor: credential.predecessorId }),
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
  /** Root first: compact tokens, or JSON texts of credentials with Data Integrity proofs. */
  readonly chain: readonly string[]
  readonly mechanism: Mechanism
  readonly validUntil: string
  readonly refreshAt: string
}

/**
 * A chain as an agent keeps it, and until when: what ends first counts.
 *
 * @param mechanism In which form. @returns `undefined` when one of the links has no text in it.
 */
export function chainView(
  { owner, delegation }: DelegationWithOwner,
  mechanism: Mechanism,
): ChainView | undefined {
  const root = formOf(owner, mechanism)
  const own = formOf(delegation, mechanism)
  if (root === undefined || own === undefined) return undefined
  return {
    chain: [root, own],
    mechanism,
    validUntil: formatDateTime(Math.min(owner.validUntil, delegation.validUntil)),
    refreshAt: formatDateTime(Math.min(refreshAt(owner), refreshAt(delegation))),
  }
}

export function runView(run: Run): object {
  const { tenant: _, delegationId, parentId, predecessorId, validUntil, createdAt, ...shown } = run
  return {
    ...shown,
    delegation: delegationId,
    parent: parentId,
    ...(predecessorId !== undefined && { predecessor: predecessorId }),
    validUntil: formatDateTime(validUntil),
    createdAt: formatDateTime(createdAt),
  }
}

export function principalView({ tenant, did, role, ownerId, agentId, revokerOf }: Principal): object {
  const named = parseOidcId(did)
  return {
    tenant,
    ...(named === undefined ? { did } : { oidc: { id: did, ...named } }),
    role,
    ...(ownerId !== undefined && { owner: ownerId }),
    ...(agentId !== undefined && { agent: agentId }),
    ...(revokerOf !== undefined && { revokerOf }),
  }
}
