import { isWebDid, webHostOf, webUrlOf } from '../did/did-web.ts'
import { ProcuraError } from '../errors.ts'
import { type Did, isDid } from '../model/did.ts'
import { isLoopbackHost } from '../model/status-url.ts'
import { type AuthorityLimits, type Limits, UNLIMITED } from './authority-limits.ts'
import {
  type OtherPlaces,
  parseNamedTrust,
  parseStatusMembers,
  refuseEntry,
  STATUS_MEMBERS,
  type TrustEntry,
} from './trust.ts'

/** What a full entry says, without what only an operator says. */
export type PinnedTrust = Omit<TrustEntry, keyof AuthorityLimits | keyof OtherPlaces>

/**
 * Whom the operator trusts: with a full entry, or by name, and then the DID document says who signs the status and
 * where it lies.
 */
export interface ConfiguredTrust extends OtherPlaces {
  readonly authority: Did
  readonly pinned?: PinnedTrust
  readonly limits: Limits
}

export interface TrustConfiguration {
  readonly trust: ReadonlyMap<string, ConfiguredTrust>
  /** Hosts, with the port if they have one, that the entries name: only those may be loopback or private. */
  readonly configuredHosts: ReadonlySet<string>
}

/**
 * Reads the option `trust`.
 *
 * @param origin Of the service, under which what authorities may grant has to lie. Absent where nothing is asked of
 *   their chains.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, saying which member of which entry to mend.
 */
export function readTrustConfiguration(entries: unknown, origin?: string): TrustConfiguration {
  if (!Array.isArray(entries)) fail('trust', 'must be a list of trust entries; there is no default')
  const trust = new Map<string, ConfiguredTrust>()
  const read = entries.map((entry: unknown, position) => readOne(entry, `trust[${position}]`, origin))
  const configuredHosts = new Set(read.flatMap(hostsOf))
  for (const [position, one] of read.entries()) {
    const at = `trust[${position}]`
    if (trust.has(one.authority)) fail(`${at}.authority`, 'is listed twice')
    for (const did of [one.authority, ...(one.pinned === undefined ? [] : [one.pinned.statusIssuer])]) {
      if (!canResolve(did, configuredHosts))
        fail(at, 'names a did:web or did:webvh that lies at no public https host')
    }
    trust.set(one.authority, one)
  }
  return { trust, configuredHosts }
}

function readOne(entry: unknown, at: string, origin: string | undefined): ConfiguredTrust {
  if (typeof entry === 'string') return { authority: nameOf(entry, at), limits: UNLIMITED }
  const read = parseNamedTrust(entry)
  if ('problem' in read) return refuseEntry(read, at)
  const { authority, mirrors = [] } = read.named
  const own = { mirrors, limits: placeLimits(read.limits, at, origin) }
  if (!isPinned(authority, entry)) return { authority: nameOf(authority, at), ...own }
  const status = parseStatusMembers(entry, authority)
  return 'problem' in status
    ? refuseEntry(status, at)
    : { authority, pinned: { authority, ...status }, ...own }
}

/** A DID that is no name of a place on the web can say nothing of itself. */
function isPinned(authority: Did, entry: unknown): boolean {
  const isStated = STATUS_MEMBERS.some((name) => Object.hasOwn(Object(entry), name))
  return isStated || !isWebDid(authority)
}

function nameOf(entry: string, at: string): Did {
  if (isDid(entry) && isWebDid(entry)) return entry
  fail(at, 'must be a trust entry, as `procura trust export` writes it, or the DID of a did:web or did:webvh')
}

/** An entry of what may be granted that names no place is for all of this service. */
function placeLimits(limits: Limits, at: string, origin: string | undefined): Limits {
  if (limits.mayGrant === undefined || origin === undefined) return limits
  const mayGrant = limits.mayGrant.map((grant) => {
    if (grant.locations.some((location) => location.origin !== origin))
      fail(`${at}.mayGrant.locations`, `must lie under the audience, ${origin}/`)
    return grant.locations.length > 0 ? grant : { ...grant, locations: [{ origin, path: '/' }] }
  })
  return { ...limits, mayGrant }
}

/** Written out by the operator, so it may lie on the operator's own network. */
function hostsOf({ authority, pinned, mirrors = [] }: ConfiguredTrust): readonly string[] {
  const status = pinned === undefined ? [] : [pinned.head, ...pinned.statusOrigins]
  const hosts = [...status, ...mirrors].map((url) => url.split('/')[2] ?? '')
  if (pinned !== undefined) return hosts
  const [name = '', port] = webHostOf(authority).split('%3A')
  return isLoopbackHost(name) ? [...hosts, port === undefined ? name : `${name}:${port}`] : hosts
}

function canResolve(did: Did, configuredHosts: ReadonlySet<string>): boolean {
  return !isWebDid(did) || webUrlOf(did, configuredHosts) !== undefined
}

function fail(member: string, problem: string): never {
  throw new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', `${member} ${problem}`)
}
