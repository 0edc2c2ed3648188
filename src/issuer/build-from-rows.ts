import type { AgentSubject, DelegationCredential, OwnerCredential } from '../model/credential.ts'
import type { Verdict } from '../refusal.ts'
import { accept } from '../refusal.ts'
import { parseEntitlements, parseTerms } from './delegation-terms.ts'
import type { IssuedCredential } from './issued-credential.ts'
import type { Agent, Owner, Tenant } from './records.ts'
import { statusBase, statusEntry, statusLease } from './status-address.ts'

/** The rows from which a credential is made: nothing in it comes from anywhere else. */
export interface OwnerRows {
  /** Origin of the service. */
  readonly origin: string
  readonly tenant: Tenant
  readonly owner: Owner
  readonly credential: Pick<IssuedCredential, 'id' | 'position' | 'validFrom' | 'validUntil'>
}

export interface AgentRows extends OwnerRows {
  readonly agent: Agent
  readonly credential: OwnerRows['credential'] & Pick<IssuedCredential, 'lease' | 'terms'>
}

/** Link 0 (docs/spec/10-reference.md "OwnerCredential"). */
export function buildOwnerCredential({
  origin,
  tenant,
  owner,
  credential,
}: OwnerRows): Verdict<OwnerCredential> {
  const entitlements = parseEntitlements(owner.entitlements)
  if (!entitlements.verified) return entitlements
  const { id, position, validFrom, validUntil } = credential
  return accept({
    type: 'OwnerCredential',
    id,
    issuer: tenant.authority,
    validFrom,
    validUntil,
    status: statusEntry(origin, tenant.id, position),
    subject: {
      id: owner.did,
      tenant: tenant.id,
      environment: owner.environment,
      accountable: owner.accountable,
      ...(owner.team !== undefined && { team: owner.team }),
      assurance: owner.assurance,
      custody: 'service',
      authorizationDetails: entitlements.value,
      statusService: { issuer: tenant.statusIssuer, origins: [`${statusBase(origin, tenant.id)}/`] },
      revokers: owner.revokers,
      statusLease: [],
    },
  })
}

/** Link 1. */
export function buildDelegation(rows: AgentRows): Verdict<DelegationCredential> {
  const subject = buildAgentSubject(rows)
  if (!subject.verified) return subject
  const { origin, tenant, owner, credential } = rows
  const { id, position, validFrom, validUntil } = credential
  return accept({
    type: 'DelegationCredential',
    id,
    issuer: owner.did,
    validFrom,
    validUntil,
    status: statusEntry(origin, tenant.id, position),
    subject: subject.value,
  })
}

function buildAgentSubject({ origin, tenant, owner, agent, credential }: AgentRows): Verdict<AgentSubject> {
  const terms = parseTerms(credential.terms)
  if (!terms.verified) return terms
  const { authorizationDetails, maxDepth, allowStatusless, name } = terms.value
  return accept({
    kind: 'Agent',
    id: agent.did,
    agentId: agent.id,
    ...(name !== undefined && { name }),
    authority: tenant.authority,
    tenant: tenant.id,
    environment: owner.environment,
    mode: agent.mode,
    purpose: agent.purpose,
    ...(agent.software !== undefined && { software: agent.software }),
    authorizationDetails,
    maxDepth,
    allowStatusless,
    statusLease: statusLease(origin, tenant.id, credential.position, credential.lease),
  })
}
