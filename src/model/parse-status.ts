import type { Json } from '../core/json.ts'
import type { MemberReader } from './member-reader.ts'
import {
  MAX_LEASED_INDEXES,
  MAX_LEASED_LISTS,
  STATUS_ENTRY_TYPE,
  STATUS_PURPOSES,
  type StatusEntry,
  type StatusLease,
  type StatusPurpose,
} from './status-list-entry.ts'
import { isStatusListUrl } from './status-url.ts'

/** An index of a status list, as credentials write it: canonical decimal below 2^31. */
const INDEX = /^(?:0|[1-9][0-9]{0,9})$/
const INDEX_LIMIT = 2 ** 31

interface SingleEntry {
  readonly purpose: StatusPurpose
  readonly list: string
  readonly index: number
}

/** Reads `credentialStatus`: one entry for each purpose, in any order, with one index (docs/spec/05-status.md "Lists"). */
export function readStatus(members: MemberReader): StatusEntry {
  const entries = members.objects('credentialStatus', { min: 2, max: 2 }, readEntry)
  const revocation = entries.find((entry) => entry.purpose === 'revocation')
  const suspension = entries.find((entry) => entry.purpose === 'suspension')
  if (revocation?.index !== suspension?.index || revocation?.list === suspension?.list)
    members.fail('credentialStatus')
  return {
    revocation: revocation?.list ?? '',
    suspension: suspension?.list ?? '',
    index: revocation?.index ?? 0,
  }
}

function readEntry(entry: MemberReader): SingleEntry {
  entry.choice('type', [STATUS_ENTRY_TYPE])
  return {
    purpose: entry.choice('statusPurpose', STATUS_PURPOSES),
    index: entry.parsed('statusListIndex', parseStatusIndex, 0),
    list: entry.text('statusListCredential', isStatusListUrl),
  }
}

/** Reads `statusLease`; absent is the same as none. */
export function readStatusLease(members: MemberReader): readonly StatusLease[] {
  if (!members.has('statusLease')) return []
  const leases = members.objects('statusLease', { max: MAX_LEASED_LISTS }, readLease)
  const lists = leases.flatMap((lease) => [lease.revocation, lease.suspension])
  if (new Set(lists).size !== lists.length) members.fail('statusLease')
  if (leases.reduce((count, lease) => count + lease.indexes.length, 0) > MAX_LEASED_INDEXES)
    members.fail('statusLease', 'limit_exceeded')
  return leases
}

function readLease(lease: MemberReader): StatusLease {
  const revocation = lease.text('revocation', isStatusListUrl)
  const suspension = lease.text('suspension', isStatusListUrl)
  const indexes = lease.list('indexes', { max: MAX_LEASED_INDEXES }, parseStatusIndex)
  if (new Set(indexes).size !== indexes.length) lease.fail('indexes')
  return { revocation, suspension, indexes }
}

/** Reads `statusListIndex`: `"9113"`. Signs, leading zeros, exponents and numbers are refused. */
function parseStatusIndex(json: Json): number | undefined {
  if (typeof json !== 'string' || !INDEX.test(json)) return undefined
  const index = Number(json)
  return index < INDEX_LIMIT ? index : undefined
}
