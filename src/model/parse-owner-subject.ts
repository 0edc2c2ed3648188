import type { OwnerSubject } from './credential.ts'
import { NO_DID, parseKeyDid, parseServiceDid } from './did-methods.ts'
import type { MemberReader } from './member-reader.ts'
import { readEntitlements } from './parse-grant.ts'
import { readStatusLease } from './parse-status.ts'
import { isStatusOrigin } from './status-url.ts'
import { isName, isToken, textWhere } from './text.ts'

/** Most places where one authority's status lists may lie, and most revokers that one owner names. */
const MAX_STATUS_ORIGINS = 8
export const MAX_REVOKERS = 16

/** Reads the subject of link 0 (docs/spec/10-reference.md "OwnerCredential"). */
export function readOwnerSubject(members: MemberReader): OwnerSubject {
  const team = members.optionalText('team', isName)
  const custody = members.choice('custody', ['service', 'owner'])
  if (custody === 'service' && members.has('statusLease')) members.fail('statusLease')
  return {
    id: members.parsed('id', parseKeyDid, NO_DID),
    tenant: members.text('tenant', isToken),
    environment: members.text('environment', isToken),
    accountable: members.text('accountable', isToken),
    ...(team !== undefined && { team }),
    assurance: members.text('assurance', isToken),
    custody,
    authorizationDetails: readEntitlements(members),
    statusService: members.object('status', readStatusService),
    revokers: readRevokers(members),
    statusLease: readStatusLease(members),
  }
}

function readStatusService(status: MemberReader): OwnerSubject['statusService'] {
  return {
    issuer: status.parsed('issuer', parseServiceDid, NO_DID),
    origins: status.list('origins', { max: MAX_STATUS_ORIGINS }, textWhere(isStatusOrigin)),
  }
}

function readRevokers(members: MemberReader): OwnerSubject['revokers'] {
  return members.has('revokers') ? members.list('revokers', { max: MAX_REVOKERS }, parseServiceDid) : []
}
