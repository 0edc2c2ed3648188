import { ProcuraError } from '../errors.ts'
import { type Did, isDid } from '../model/did.ts'
import { isStatusOrigin } from '../model/status-url.ts'
import { isHeadUrl } from '../status/layout.ts'
import { isUnderOrigins } from '../status/origins.ts'

/**
 * Whom a service provider trusts, exactly: an authority, who signs its status, and where the status lies. Its JSON
 * form is the *anchor file* that `procura trust export` writes (spec 10 "Trust entry").
 */
export interface TrustEntry {
  /** Issuer of OwnerCredentials. Compared exactly. */
  readonly authority: Did
  /** Signer of lists and heads; never the authority itself. */
  readonly statusIssuer: Did
  /** URL prefixes, each ending with `/`, under which status may be fetched. */
  readonly statusOrigins: readonly string[]
  /** URL of the signed head. */
  readonly head: string
  /** Tenants accepted from this authority. Absent: whatever tenant it names. */
  readonly tenants?: readonly string[]
}

const MEMBERS: ReadonlySet<string> = new Set([
  'authority',
  'statusIssuer',
  'statusOrigins',
  'head',
  'tenants',
])

/** A member of a trust entry that is not as it must be, and how. */
export interface TrustProblem {
  /** Empty when the entry itself is at fault. */
  readonly member: string
  readonly problem: string
}

/**
 * Reads trust entries and indexes them by authority.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, saying which member of which entry to mend.
 */
export function readTrust(entries: readonly unknown[]): ReadonlyMap<string, TrustEntry> {
  const trust = new Map<string, TrustEntry>()
  for (const [position, entry] of entries.entries()) {
    const read = readTrustEntry(entry, `trust[${position}]`)
    if (trust.has(read.authority)) fail(`trust[${position}].authority`, 'is listed twice')
    trust.set(read.authority, read)
  }
  return trust
}

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, with the place of the entry and the member to mend. */
export function readTrustEntry(entry: unknown, at: string): TrustEntry {
  if (typeof entry === 'string') fail(at, 'must be a trust entry; export one with `procura trust export`')
  const read = parseTrustEntry(entry)
  return 'problem' in read ? fail(read.member === '' ? at : `${at}.${read.member}`, read.problem) : read
}

/** Reads one trust entry, wherever it comes from. */
export function parseTrustEntry(entry: unknown): TrustEntry | TrustProblem {
  if (typeof entry !== 'object' || entry === null) return { member: '', problem: 'must be an object' }
  const unknown = Object.keys(entry).some((name) => !MEMBERS.has(name))
  if (unknown) return { member: '', problem: `may only have the members ${[...MEMBERS].join(', ')}` }
  const { authority, statusIssuer, statusOrigins, head, tenants } = entry as Record<string, unknown>
  if (!isDidText(authority)) return { member: 'authority', problem: 'must be a DID' }
  if (!isDidText(statusIssuer)) return { member: 'statusIssuer', problem: 'must be a DID' }
  if (statusIssuer === authority) {
    return { member: 'statusIssuer', problem: 'must not be the authority itself' }
  }
  if (!isListOf(statusOrigins, isPrefix) || statusOrigins.length === 0) {
    const problem = 'must list https URLs that end with "/" (http only for a loopback host)'
    return { member: 'statusOrigins', problem }
  }
  if (!isText(head) || !isUnderOrigins(head, statusOrigins)) {
    return { member: 'head', problem: 'must be a URL that lies under one of statusOrigins' }
  }
  if (!isHeadUrl(head)) return { member: 'head', problem: 'must end with "/head"' }
  if (tenants !== undefined && !isListOf(tenants, isText)) {
    return { member: 'tenants', problem: 'must list tenant names' }
  }
  return { authority, statusIssuer, statusOrigins, head, ...(tenants === undefined ? {} : { tenants }) }
}

function fail(member: string, problem: string): never {
  throw new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', `${member} ${problem}`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isDidText(value: unknown): value is Did {
  return isText(value) && isDid(value)
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isItem)
}

function isPrefix(value: unknown): value is string {
  return isText(value) && value.endsWith('/') && isStatusOrigin(value)
}
