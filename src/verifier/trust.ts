import { ProcuraError } from '../errors.ts'
import { type Did, isDid } from '../model/did.ts'
import { isStatusOrigin } from '../model/status-url.ts'
import { isHeadUrl } from '../status/layout.ts'
import { isUnderOrigins } from '../status/origins.ts'
import { type AuthorityLimits, LIMIT_MEMBERS, type Limits, parseLimits } from './authority-limits.ts'

/**
 * Whom a service provider trusts, exactly: an authority, who signs its status, and where the status lies; and with
 * what limits. Its JSON form is the *anchor file* that `procura trust export` writes (docs/spec/10-reference.md "Trust entry").
 */
export interface TrustEntry extends AuthorityLimits, OtherPlaces {
  /** Issuer of OwnerCredentials. Compared exactly. */
  readonly authority: Did
  /** Signer of lists and heads; never the authority itself. */
  readonly statusIssuer: Did
  /** URL prefixes, each ending with `/`, under which status may be fetched. */
  readonly statusOrigins: readonly string[]
  /** URL of the signed head. */
  readonly head: string
}

/** Where an operator says an authority's status can be had as well. Nothing there is believed for where it lies. */
export interface OtherPlaces {
  /** URL prefixes, each ending with `/`, below which the same lies as beside the head. Asked in this order. */
  readonly mirrors?: readonly string[]
}

/** As a trust entry, of a `did:web` or `did:webvh` whose DID document says who signs its status and where that lies. */
export type NamedTrust = Pick<TrustEntry, 'authority'> & AuthorityLimits & OtherPlaces

/** The members that say who signs the status and where it lies. */
export const STATUS_MEMBERS = ['statusIssuer', 'statusOrigins', 'head'] as const

type StatusMembers = Pick<TrustEntry, (typeof STATUS_MEMBERS)[number]>

/** What an entry says beside {@link STATUS_MEMBERS}. */
export interface ReadNamedTrust {
  readonly named: NamedTrust
  /** Its limits, read. */
  readonly limits: Limits
}

/** The members that only an operator writes. */
const OPERATORS_MEMBERS = [...LIMIT_MEMBERS, 'mirrors'] as const

const MEMBERS: ReadonlySet<string> = new Set(['authority', ...STATUS_MEMBERS, ...OPERATORS_MEMBERS])

/** Most mirrors of one authority: each is looked at. */
export const MAX_MIRRORS = 8

const NOT_PREFIXES =
  'must list https URLs that end with "/" (http only for a loopback host), of a host name, no IP address, and a path without ":", "%" and the like'

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
function readTrustEntry(entry: unknown, at: string): TrustEntry {
  if (typeof entry === 'string') fail(at, 'must be a trust entry; export one with `procura trust export`')
  const read = parseTrustEntry(entry)
  return 'problem' in read ? refuseEntry(read, at) : read
}

/** @param at Place of the entry. @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` */
export function refuseEntry({ member, problem }: TrustProblem, at: string): never {
  fail(member === '' ? at : `${at}.${member}`, problem)
}

/** Reads one complete trust entry, wherever it comes from. Its limits stay as they are written. */
export function parseTrustEntry(entry: unknown): TrustEntry | TrustProblem {
  const read = parseNamedTrust(entry)
  if ('problem' in read) return read
  const status = parseStatusMembers(entry, read.named.authority)
  return 'problem' in status ? status : { ...read.named, ...status }
}

/** Reads {@link STATUS_MEMBERS} of an entry whose other members were read. */
export function parseStatusMembers(entry: unknown, authority: Did): StatusMembers | TrustProblem {
  const { statusIssuer, statusOrigins, head } = entry as Record<string, unknown>
  if (!isDidText(statusIssuer)) return { member: 'statusIssuer', problem: 'must be a DID' }
  if (statusIssuer === authority) {
    return { member: 'statusIssuer', problem: 'must not be the authority itself' }
  }
  if (!isListOf(statusOrigins, isPrefix) || statusOrigins.length === 0) {
    return { member: 'statusOrigins', problem: NOT_PREFIXES }
  }
  if (!isText(head) || !isUnderOrigins(head, statusOrigins)) {
    return { member: 'head', problem: 'must be a URL that lies under one of statusOrigins' }
  }
  if (!isHeadUrl(head)) return { member: 'head', problem: 'must end with "/head"' }
  return { statusIssuer, statusOrigins: [...statusOrigins], head }
}

/** Reads all members of a trust entry but those of {@link STATUS_MEMBERS}. */
export function parseNamedTrust(entry: unknown): ReadNamedTrust | TrustProblem {
  if (typeof entry !== 'object' || entry === null) return { member: '', problem: 'must be an object' }
  const unknown = Object.keys(entry).some((name) => !MEMBERS.has(name))
  if (unknown) return { member: '', problem: `may only have the members ${[...MEMBERS].join(', ')}` }
  const { authority, ...others } = entry as Record<string, unknown>
  if (!isDidText(authority)) return { member: 'authority', problem: 'must be a DID' }
  const limits = parseLimits(others)
  if ('problem' in limits) return limits
  const { mirrors = [] } = others
  if (!isListOf(mirrors, isPrefix)) return { member: 'mirrors', problem: NOT_PREFIXES }
  if (mirrors.length > MAX_MIRRORS) return { member: 'mirrors', problem: `may list ${MAX_MIRRORS} at most` }
  const stated = OPERATORS_MEMBERS.filter((name) => others[name] !== undefined)
  const named = { authority, ...Object.fromEntries(stated.map((name) => [name, others[name]])) }
  return { named, limits }
}

function fail(member: string, problem: string): never {
  throw new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', `${member} ${problem}`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
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
