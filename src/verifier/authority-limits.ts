import type { Json } from '../core/json.ts'
import { isDid } from '../model/did.ts'
import { type Grant, type Location, MAX_GRANTS, MAX_VALUES } from '../model/grant.ts'
import { parseIdentifier } from '../model/identifier.ts'
import { parseLocation } from '../model/location.ts'
import { type MemberReader, readDocument } from '../model/member-reader.ts'
import { parseAction } from '../model/parse-grant.ts'
import { isName, isToken, textWhere } from '../model/text.ts'
import { isMinimumVersion } from './software-version.ts'
import type { TrustProblem } from './trust.ts'

/** What a service provider does not take from an authority that it trusts, whatever the authority's chains say. */
export interface AuthorityLimits {
  /** Tenants accepted from this authority. Absent: whatever tenant it names. */
  readonly tenants?: readonly string[]
  /**
   * What chains of this authority can be good for here: one of these has to cover all that is asked. Absent: whatever
   * the chains grant. Empty: nothing.
   */
  readonly mayGrant?: readonly GrantLimit[]
  /** Whose chains are refused, from the next verification on. */
  readonly blocked?: Blocked
}

/** The dimensions of a grant that say where and what; what is absent is not limited (docs/spec/03-grants.md). */
export interface GrantLimit {
  /** Exact dotted names. */
  readonly actions: readonly string[]
  /** Places of this service: its audience, or a path prefix below it. Absent: all of it. */
  readonly locations?: readonly string[]
  /** Resources; a trailing `/` means all below it. Absent: any, and none. */
  readonly identifiers?: readonly string[]
}

/** Compared exactly, but for versions below a minimum. */
export interface Blocked {
  /** DIDs of owners: nothing below them is accepted. */
  readonly owners?: readonly string[]
  /** Each an `agentId`, or the DID of an agent, a sub-agent or a run: nor is anything below those. */
  readonly agents?: readonly string[]
  readonly software?: readonly BlockedSoftware[]
}

/** Versions of the software that link 1 names. Without `versions` and `below`, all of them. */
export interface BlockedSoftware {
  readonly name: string
  /** As they are written. */
  readonly versions?: readonly string[]
  /** Numbers with dots: older versions are blocked, and those that cannot be compared. */
  readonly below?: string
}

/** {@link AuthorityLimits}, read. */
export interface Limits {
  readonly tenants?: ReadonlySet<string>
  /** An entry without locations is for all of the audience. */
  readonly mayGrant?: readonly Grant[]
  readonly owners: ReadonlySet<string>
  readonly agents: ReadonlySet<string>
  readonly software: readonly BlockedSoftware[]
}

/** No limits at all. */
export const UNLIMITED: Limits = { owners: new Set(), agents: new Set(), software: [] }

/** Names of the members of a trust entry that this module reads. */
export const LIMIT_MEMBERS = ['tenants', 'mayGrant', 'blocked'] as const

/** Most owners or agents in one list: all of an authority's could be in it. */
const MAX_BLOCKED = 100_000

/** Most entries of software, and versions of one: they are looked through at each verification. */
const MAX_SOFTWARE = 1000

const PROBLEMS: ReadonlyMap<string | undefined, string> = new Map([
  ['tenants', 'must list tenant names'],
  ['mayGrant', `must list at most ${MAX_GRANTS} of { actions, locations?, identifiers? }`],
  ['mayGrant.actions', 'must list actions by their exact names, such as "mail.read"'],
  ['mayGrant.locations', 'must list URLs of this service, such as "https://mail.example/inbox/"'],
  ['mayGrant.identifiers', 'must list resources, or prefixes that end with "/"'],
  ['blocked', 'must be { owners?, agents?, software? }'],
  ['blocked.owners', `must list DIDs of owners, at most ${MAX_BLOCKED}`],
  ['blocked.agents', 'must list agent ids, or DIDs of agents, sub-agents or runs'],
  ['blocked.software', `must list { name, versions?, below? }, at most ${MAX_SOFTWARE}`],
  ['blocked.software.name', 'must be the name of a software, as credentials state it'],
  ['blocked.software.versions', 'must list versions, as credentials state them'],
  ['blocked.software.below', 'must be a version made of numbers and dots, such as "2.1.0"'],
])

/** Reads the limits in a trust entry; other members are not looked at. */
export function parseLimits(entry: Readonly<Record<string, unknown>>): Limits | TrustProblem {
  const stated = LIMIT_MEMBERS.flatMap((name) => (entry[name] === undefined ? [] : [[name, entry[name]]]))
  const read = readDocument(Object.fromEntries(stated) as Json, readLimits)
  if (read.verified) return read.value
  const { dimension: member = '' } = read.refusal
  return { member, problem: PROBLEMS.get(member) ?? 'is not as it must be' }
}

function readLimits(members: MemberReader): Limits {
  const tenants = readSet(members, 'tenants', isToken)
  const mayGrant = members.has('mayGrant')
    ? members.objects('mayGrant', { min: 0, max: MAX_GRANTS }, readGrantLimit)
    : undefined
  return {
    ...(members.optionalObject('blocked', readBlocked) ?? UNLIMITED),
    ...(tenants === undefined ? {} : { tenants }),
    ...(mayGrant === undefined ? {} : { mayGrant }),
  }
}

function readGrantLimit(limit: MemberReader): Grant {
  const listed = { max: MAX_VALUES }
  const actions = limit.list('actions', listed, parseAction)
  const locations: readonly Location[] = limit.has('locations')
    ? limit.list('locations', listed, parseLocation)
    : []
  const common = { type: 'api', supported: true, inheritable: true, constraints: [], actions, locations }
  return limit.has('identifiers')
    ? { ...common, identifiers: limit.list('identifiers', listed, parseIdentifier) }
    : common
}

function readBlocked(blocked: MemberReader): Pick<Limits, 'owners' | 'agents' | 'software'> {
  return {
    owners: readSet(blocked, 'owners', isDid) ?? UNLIMITED.owners,
    agents: readSet(blocked, 'agents', (text) => isToken(text) || isDid(text)) ?? UNLIMITED.agents,
    software: blocked.has('software')
      ? blocked.objects('software', { min: 0, max: MAX_SOFTWARE }, readSoftware)
      : [],
  }
}

function readSoftware(software: MemberReader): BlockedSoftware {
  const name = software.text('name', isName)
  const below = software.optionalText('below', isMinimumVersion)
  const versions = software.has('versions')
    ? software.list('versions', { max: MAX_SOFTWARE }, textWhere(isName))
    : undefined
  return {
    name,
    ...(versions === undefined ? {} : { versions }),
    ...(below === undefined ? {} : { below }),
  }
}

function readSet(
  members: MemberReader,
  name: string,
  isValid: (text: string) => boolean,
): ReadonlySet<string> | undefined {
  if (!members.has(name)) return undefined
  return new Set(members.list(name, { min: 0, max: MAX_BLOCKED }, textWhere(isValid)))
}
