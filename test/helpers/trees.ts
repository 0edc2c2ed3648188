import fc from 'fast-check'
import type { AccessRequest } from '../../src/model/access-request.ts'
import { credentialToJson } from '../../src/model/build-credential.ts'
import type { ParsedLink } from '../../src/model/chain.ts'
import { concernsSame } from '../../src/model/constraints/kinds.ts'
import type {
  AgentSubject,
  DelegationCredential,
  DerivedSubject,
  OwnerCredential,
} from '../../src/model/credential.ts'
import type { Did } from '../../src/model/did.ts'
import type { Grant } from '../../src/model/grant.ts'
import type { StatusLease } from '../../src/model/status-list-entry.ts'
import { anyConstraint, anyGrant, anyRequest, withoutRepeatedLimits } from './arbitraries.ts'
import {
  AUTHORITY,
  digestAt,
  linkOf,
  OWNER,
  parsed,
  REVOCATION_LIST,
  START,
  STATUS_ISSUER,
  SUSPENSION_LIST,
} from './credentials.ts'

/** Draws a value of an arbitrary on the way: what `fc.gen()` gives. */
export type Draw = fc.GeneratorValue

/** A delegation tree: each path from the root to a node is a valid chain. Node 0 is the owner. */
export interface Tree {
  readonly paths: readonly (readonly ParsedLink[])[]
}

const LIFE = 900_000
const MAX_DEPTH = 4
const CREDENTIAL = { validFrom: START, validUntil: START + LIFE }
const LISTS = { revocation: REVOCATION_LIST, suspension: SUSPENSION_LIST }

/**
 * Parameters of a property that draws on the way: not shrunk, because shrinking what depends on earlier draws can
 * take for ever. The seed in the report repeats the failure.
 */
export function drawing(numRuns: number): { readonly numRuns: number; readonly endOnFailure: true } {
  return { numRuns, endOnFailure: true }
}

/** Grants that a holder of `parent` may hand on: parts of its entries, restating a limit as it is or not at all. */
export function drawNarrower(draw: Draw, parent: readonly Grant[]): readonly Grant[] {
  return drawPart(draw, parent).map((entry) => drawNarrowerEntry(draw, entry))
}

function drawNarrowerEntry(draw: Draw, entry: Grant): Grant {
  const { identifiers, constraints, ...rest } = entry
  const states = identifiers !== undefined && draw(fc.boolean)
  const kept = draw(() => fc.subarray([...constraints]))
  return {
    ...rest,
    actions: drawPart(draw, entry.actions),
    locations: drawPart(draw, entry.locations),
    constraints: constraints.filter((limit) => kept.some((one) => concernsSame(one, limit))),
    ...(states && { identifiers: draw(() => fc.subarray([...identifiers])) }),
  }
}

/** Some of the items; at least one where there is one. */
function drawPart<T>(draw: Draw, items: readonly T[]): readonly T[] {
  return draw(() => fc.subarray([...items], { minLength: Math.min(1, items.length) }))
}

/** Any grants at all, mostly near those of `parent`: perhaps wider, with limits of their own. */
export function drawOther(draw: Draw, parent: readonly Grant[]): readonly Grant[] {
  const near = drawNarrower(draw, parent).map((entry) => ({
    ...entry,
    constraints: withoutRepeatedLimits([
      ...entry.constraints,
      ...draw(() => fc.array(anyConstraint, { maxLength: 1 })),
    ]),
  }))
  return draw(fc.nat, { max: 3 }) > 0 ? near : [...near, draw(() => anyGrant)]
}

/** A request that goes where an entry allows it; arguments, time and address as they come. */
export function drawRequestFor(draw: Draw, grants: readonly Grant[]): AccessRequest {
  const request = draw(() => anyRequest)
  if (grants.length === 0) return request
  const entry = draw(() => fc.constantFrom(...grants))
  const { origin, path } = draw(() => fc.constantFrom(...entry.locations))
  const { identifiers = [] } = entry
  return {
    ...request,
    action: draw(() => fc.constantFrom(...entry.actions)),
    origin,
    path,
    ...(identifiers.length > 0 && { identifier: draw(() => fc.constantFrom(...identifiers)) }),
  }
}

/** A tree of 2 to `maxNodes` delegations below one owner, at most {@link MAX_DEPTH} links below an agent. */
export function drawTree(draw: Draw, maxNodes = 10): Tree {
  const paths: ParsedLink[][] = [[drawOwner(draw)]]
  const leases = new Map<ParsedLink, number[]>()
  const count = draw(fc.integer, { min: 2, max: maxNodes })
  for (let node = 1; node <= count; node++) {
    const parents = paths.filter((path) => path.length === 1 || canDelegate(path, leases))
    const path = draw(() => fc.constantFrom(...parents))
    paths.push([
      ...path,
      path.length === 1 ? drawAgent(draw, path, node) : drawDerived(draw, path, node, leases),
    ])
  }
  return { paths }
}

function canDelegate(path: readonly ParsedLink[], leases: Map<ParsedLink, number[]>): boolean {
  const last = path.at(-1)
  if (last === undefined || last.credential.type !== 'DelegationCredential') return false
  return last.credential.subject.maxDepth > 0 && freeIndexes(last, leases).length > 0
}

/** Indexes that a link leases and has not given away: children of one parent share none. */
function freeIndexes(link: ParsedLink, leases: Map<ParsedLink, number[]>): number[] {
  const free = leases.get(link) ?? link.credential.subject.statusLease.flatMap((lease) => lease.indexes)
  leases.set(link, free)
  return free
}

function drawOwner(draw: Draw): ParsedLink {
  const credential: OwnerCredential = {
    ...CREDENTIAL,
    type: 'OwnerCredential',
    id: idOf(0),
    issuer: AUTHORITY,
    status: { ...LISTS, index: 1 },
    subject: {
      id: OWNER,
      tenant: 'acme',
      environment: 'production',
      accountable: 'urn:uuid:1',
      assurance: 'mfa',
      custody: 'service',
      authorizationDetails: draw(() => fc.array(anyGrant, { minLength: 1, maxLength: 3 })),
      statusService: { issuer: STATUS_ISSUER, origins: ['https://id.example/status/'] },
      revokers: [],
      statusLease: [],
    },
  }
  return reread(credential, 0)
}

function drawAgent(draw: Draw, [root]: readonly ParsedLink[], node: number): ParsedLink {
  const entitlements = root?.credential.subject.authorizationDetails
  const subject: AgentSubject = {
    kind: 'Agent',
    id: didOf(node),
    agentId: `agent-${node}`,
    authority: AUTHORITY,
    tenant: 'acme',
    environment: 'production',
    mode: 'autonomous',
    purpose: 'anything',
    authorizationDetails: drawOther(draw, entitlements === 'inherit' ? [] : (entitlements ?? [])),
    maxDepth: draw(fc.nat, { max: MAX_DEPTH }),
    statusLease: leaseOf(Array.from({ length: 32 }, (_, i) => node * 1000 + i)),
    allowStatusless: false,
  }
  return reread(delegation(node, OWNER, node * 1000 + 999, subject), node)
}

function drawDerived(
  draw: Draw,
  path: readonly ParsedLink[],
  node: number,
  leases: Map<ParsedLink, number[]>,
): ParsedLink {
  const parent = path.at(-1)
  if (parent?.credential.type !== 'DelegationCredential') throw new Error('only an agent derives')
  const held = parent.credential.subject
  const [own = 0, ...rest] = freeIndexes(parent, leases)
  const given = rest.slice(0, draw(fc.nat, { max: 4 }))
  leases.set(parent, rest.slice(given.length))
  const subject: DerivedSubject = {
    kind: draw(() => fc.constantFrom('SubAgent' as const, 'Run' as const)),
    id: didOf(node),
    parent: { id: parent.credential.id, digest: parent.digest },
    authorizationDetails: drawNarrower(
      draw,
      held.authorizationDetails === 'inherit' ? [] : held.authorizationDetails,
    ),
    maxDepth: draw(fc.nat, { max: held.maxDepth - 1 }),
    statusLease: leaseOf(given),
    allowStatusless: false,
  }
  return reread(delegation(node, held.id, own, subject), node)
}

function delegation(
  node: number,
  issuer: Did,
  index: number,
  subject: DelegationCredential['subject'],
): DelegationCredential {
  return {
    ...CREDENTIAL,
    type: 'DelegationCredential',
    id: idOf(node),
    issuer,
    status: { ...LISTS, index },
    subject,
  }
}

function leaseOf(indexes: readonly number[]): readonly StatusLease[] {
  return indexes.length === 0 ? [] : [{ ...LISTS, indexes }]
}

/** Writes a credential and reads it back, as a service provider would get it. */
function reread(credential: OwnerCredential | DelegationCredential, node: number): ParsedLink {
  return { ...linkOf(parsed(credentialToJson(credential)), 0), digest: digestAt(node) }
}

function idOf(node: number): string {
  return `urn:uuid:00000000-0000-4000-8000-${String(node).padStart(12, '0')}`
}

function didOf(node: number): Did {
  return `did:key:z6Mk${'abcdefghijkmnopqrst'.charAt(node)}`
}
