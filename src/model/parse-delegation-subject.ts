import type { AgentSubject, DerivedSubject, Lineage } from './credential.ts'
import { NO_DID, parseKeyDid, parseServiceDid } from './did-methods.ts'
import type { MemberReader } from './member-reader.ts'
import { readGrants, readGrantsOrInherit } from './parse-grant.ts'
import { readStatusLease } from './parse-status.ts'
import { isName, isPurpose, isToken, isUuidUrn } from './text.ts'

/** SHA2-256 multihash in base58btc: `zQm` and 44 characters. Compared, never decoded. */
const DIGEST = /^zQm[1-9A-HJ-NP-Za-km-z]{44}$/

/**
 * Reads the subject of a DelegationCredential (docs/spec/10-reference.md). `kind` tells an identity that an agent
 * derived (links ≥ 2) from an agent's (link 1), which has none.
 */
export function readDelegationSubject(members: MemberReader): AgentSubject | DerivedSubject {
  return members.has('kind') ? readDerivedSubject(members) : readAgentSubject(members)
}

function readAgentSubject(members: MemberReader): AgentSubject {
  const software = members.optionalObject('software', readSoftware)
  return {
    ...readCommon(members),
    kind: 'Agent',
    agentId: members.text('agentId', isToken),
    authority: members.parsed('authority', parseServiceDid, NO_DID),
    tenant: members.text('tenant', isToken),
    environment: members.text('environment', isToken),
    mode: members.choice('mode', ['delegated', 'autonomous']),
    purpose: members.text('purpose', isPurpose),
    authorizationDetails: readGrantsOrInherit(members),
    ...(software !== undefined && { software }),
  }
}

function readDerivedSubject(members: MemberReader): DerivedSubject {
  const purpose = members.optionalText('purpose', isPurpose)
  const lineage = members.optionalObject('lineage', readLineage)
  return {
    ...readCommon(members),
    kind: members.choice('kind', ['SubAgent', 'Run']),
    parent: members.object('parent', readParent),
    authorizationDetails: readGrants(members),
    ...(lineage !== undefined && { lineage }),
    ...(purpose !== undefined && { purpose }),
  }
}

function readCommon(
  members: MemberReader,
): Pick<AgentSubject, 'id' | 'maxDepth' | 'statusLease' | 'allowStatusless' | 'name'> {
  const name = members.optionalText('name', isName)
  return {
    id: members.parsed('id', parseKeyDid, NO_DID),
    maxDepth: members.count('maxDepth'),
    statusLease: readStatusLease(members),
    allowStatusless: members.flag('allowStatusless'),
    ...(name !== undefined && { name }),
  }
}

function readSoftware(software: MemberReader): { readonly name: string; readonly version: string } {
  return { name: software.text('name', isName), version: software.text('version', isName) }
}

function readParent(parent: MemberReader): DerivedSubject['parent'] {
  return { id: parent.text('id', isUuidUrn), digest: parent.text('digest', isDigest) }
}

function isDigest(text: string): boolean {
  return DIGEST.test(text)
}

function readLineage(lineage: MemberReader): Lineage {
  const rootTask = lineage.optionalText('rootTask', isName)
  const parentRun = lineage.optionalText('parentRun', isName)
  const run = lineage.optionalText('run', isName)
  return {
    ...(rootTask !== undefined && { rootTask }),
    ...(parentRun !== undefined && { parentRun }),
    ...(run !== undefined && { run }),
  }
}
