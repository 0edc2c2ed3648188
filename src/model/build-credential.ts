import { formatDateTime } from '../core/date-time.ts'
import type { JsonObject } from '../core/json.ts'
import { buildGrant } from './build-grant.ts'
import {
  type AgentSubject,
  type ChainCredential,
  type DerivedSubject,
  type Lineage,
  type OwnerSubject,
  PROCURA_CONTEXT,
  VC_CONTEXT,
} from './credential.ts'
import { STATUS_ENTRY_TYPE, type StatusEntry, type StatusLease } from './status-list-entry.ts'

/**
 * The JSON form of a credential of a chain, members in a fixed order: what issuer and holder sign.
 * `parseCredential` reads it back to an equal credential, provided that its members are within the limits.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when a grant is not supported.
 */
export function credentialToJson(credential: ChainCredential): JsonObject {
  const { status } = credential
  return {
    '@context': [VC_CONTEXT, PROCURA_CONTEXT],
    id: credential.id,
    type: ['VerifiableCredential', credential.type],
    issuer: credential.issuer,
    validFrom: formatDateTime(credential.validFrom),
    validUntil: formatDateTime(credential.validUntil),
    ...(status !== undefined && { credentialStatus: buildStatus(status) }),
    credentialSubject:
      credential.type === 'OwnerCredential'
        ? buildOwnerSubject(credential.subject)
        : buildDelegationSubject(credential.subject),
  }
}

function buildStatus({ revocation, suspension, index }: StatusEntry): JsonObject[] {
  const entry = (statusPurpose: string, statusListCredential: string) => ({
    type: STATUS_ENTRY_TYPE,
    statusPurpose,
    statusListIndex: String(index),
    statusListCredential,
  })
  return [entry('revocation', revocation), entry('suspension', suspension)]
}

function buildOwnerSubject(subject: OwnerSubject): JsonObject {
  const { team, statusService, revokers } = subject
  return {
    id: subject.id,
    tenant: subject.tenant,
    environment: subject.environment,
    accountable: subject.accountable,
    ...(team !== undefined && { team }),
    assurance: subject.assurance,
    custody: subject.custody,
    authorizationDetails: subject.authorizationDetails.map(buildGrant),
    status: { issuer: statusService.issuer, origins: statusService.origins },
    ...(revokers.length > 0 && { revokers }),
    ...buildLease(subject.statusLease),
  }
}

function buildDelegationSubject(subject: AgentSubject | DerivedSubject): JsonObject {
  return subject.kind === 'Agent' ? buildAgentSubject(subject) : buildDerivedSubject(subject)
}

function buildAgentSubject(subject: AgentSubject): JsonObject {
  const { name, authorizationDetails, software } = subject
  return {
    id: subject.id,
    agentId: subject.agentId,
    ...(name !== undefined && { name }),
    authority: subject.authority,
    tenant: subject.tenant,
    environment: subject.environment,
    mode: subject.mode,
    purpose: subject.purpose,
    ...(software !== undefined && { software: { name: software.name, version: software.version } }),
    ...(authorizationDetails === 'inherit'
      ? { inherit: true }
      : { authorizationDetails: authorizationDetails.map(buildGrant) }),
    ...buildOnward(subject),
  }
}

function buildDerivedSubject(subject: DerivedSubject): JsonObject {
  const { name, purpose, lineage, parent } = subject
  return {
    id: subject.id,
    kind: subject.kind,
    ...(name !== undefined && { name }),
    ...(purpose !== undefined && { purpose }),
    ...(lineage !== undefined && { lineage: buildLineage(lineage) }),
    parent: { id: parent.id, digest: parent.digest },
    authorizationDetails: subject.authorizationDetails.map(buildGrant),
    ...buildOnward(subject),
  }
}

/** What the subject may hand on. */
function buildOnward({ maxDepth, statusLease, allowStatusless }: AgentSubject | DerivedSubject): JsonObject {
  return { maxDepth, ...buildLease(statusLease), ...(allowStatusless && { allowStatusless }) }
}

function buildLease(leases: readonly StatusLease[]): JsonObject {
  if (leases.length === 0) return {}
  const build = ({ revocation, suspension, indexes }: StatusLease) => ({
    revocation,
    suspension,
    indexes: indexes.map(String),
  })
  return { statusLease: leases.map(build) }
}

function buildLineage({ rootTask, parentRun, run }: Lineage): JsonObject {
  return {
    ...(rootTask !== undefined && { rootTask }),
    ...(parentRun !== undefined && { parentRun }),
    ...(run !== undefined && { run }),
  }
}
