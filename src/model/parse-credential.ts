import { isJsonArray, type Json } from '../core/json.ts'
import type { Verdict } from '../refusal.ts'
import {
  type ChainCredential,
  type DelegationCredential,
  type OwnerCredential,
  PROCURA_CONTEXT,
  VC_CONTEXT,
} from './credential.ts'
import { NO_DID, parseKeyDid, parseServiceDid } from './did-methods.ts'
import { type MemberReader, readDocument } from './member-reader.ts'
import { readDelegationSubject } from './parse-delegation-subject.ts'
import { readOwnerSubject } from './parse-owner-subject.ts'
import { readStatus } from './parse-status.ts'
import { isUuidUrn } from './text.ts'

/**
 * Reads a credential of a chain as closed JSON: exact members and types at every level, so that what is signed and
 * what is read cannot part (docs/spec/02-chain.md "Closed JSON").
 *
 * Whatever a securing mechanism adds (`proof`, registered JWT claims) is judged and removed by that mechanism.
 *
 * @returns `malformed`; `limit_exceeded` for too many entries; `status_missing` for a credential that must have
 * `credentialStatus` and has none. `dimension` is the path of the member.
 */
export function parseCredential(json: Json): Verdict<ChainCredential> {
  return readDocument(json, readCredential)
}

function readCredential(members: MemberReader): ChainCredential {
  members.parsed('@context', parseContext, true)
  const type = members.parsed('type', parseType, 'OwnerCredential')
  return type === 'OwnerCredential' ? readOwnerCredential(members) : readDelegationCredential(members)
}

function readOwnerCredential(members: MemberReader): OwnerCredential {
  const issuer = members.parsed('issuer', parseServiceDid, NO_DID)
  const subject = members.object('credentialSubject', readOwnerSubject)
  if (subject.statusService.issuer === issuer) members.fail('credentialSubject.status.issuer')
  const { id, validFrom, validUntil } = readCommon(members)
  const status = readOwnStatus(members)
  return { type: 'OwnerCredential', id, issuer, validFrom, validUntil, status, subject }
}

function readDelegationCredential(members: MemberReader): DelegationCredential {
  const issuer = members.parsed('issuer', parseKeyDid, NO_DID)
  const subject = members.object('credentialSubject', readDelegationSubject)
  const { id, validFrom, validUntil } = readCommon(members)
  const isStatusless = subject.kind !== 'Agent' && !members.has('credentialStatus')
  if (isStatusless) return { type: 'DelegationCredential', id, issuer, validFrom, validUntil, subject }
  const status = readOwnStatus(members)
  return { type: 'DelegationCredential', id, issuer, validFrom, validUntil, status, subject }
}

function readCommon(members: MemberReader): Pick<ChainCredential, 'id' | 'validFrom' | 'validUntil'> {
  const id = members.text('id', isUuidUrn)
  const validFrom = members.dateTime('validFrom')
  const validUntil = members.dateTime('validUntil')
  if (validFrom >= validUntil) members.fail('validUntil')
  return { id, validFrom, validUntil }
}

function readOwnStatus(members: MemberReader): OwnerCredential['status'] {
  if (!members.has('credentialStatus')) members.fail('credentialStatus', 'status_missing')
  return readStatus(members)
}

function parseContext(json: Json): true | undefined {
  return isPair(json, VC_CONTEXT, PROCURA_CONTEXT) ? true : undefined
}

function parseType(json: Json): ChainCredential['type'] | undefined {
  if (isPair(json, 'VerifiableCredential', 'OwnerCredential')) return 'OwnerCredential'
  return isPair(json, 'VerifiableCredential', 'DelegationCredential') ? 'DelegationCredential' : undefined
}

function isPair(json: Json, first: string, second: string): boolean {
  return isJsonArray(json) && json.length === 2 && json[0] === first && json[1] === second
}
