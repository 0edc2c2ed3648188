import type { FoundList, FoundStatus } from '../../../../issuer/catch-up-store.ts'
import { IndexMap } from '../../index-map.ts'
import type { Database, Row } from '../database.ts'
import { allRows } from '../paging.ts'
import { integer, json, text } from '../row.ts'

/** The bits that are published, of the lists of which any were found. */
export interface PublishedBits {
  /** Also what older places show: none is ever taken back. */
  readonly revocation: IndexMap
  readonly suspension: IndexMap
  /** Pairs of which the newest state was found. */
  readonly known: ReadonlySet<number>
}

/** What the rows of a registry are beside what is published. */
export interface Compared {
  /** Own and leased indexes of all credentials. */
  readonly given: IndexMap
  readonly leased: IndexMap
  /** Ids of credentials, and of registered runs, that are in force here and published as revoked. */
  readonly ended: string[]
  readonly endedRuns: string[]
  /** Owners and agents of whom something is in force, here and as published: what ends them would have ended it. */
  readonly liveOwners: Set<string>
  readonly liveAgents: Set<string>
  readonly suspendedOwners: Set<string>
  /** Delegations in force that are published as suspended, by agent; agents of which one is not. */
  readonly suspendedDelegations: Map<string, string[]>
  readonly unsuspendedAgents: Set<string>
}

export function publishedBits({ lists, others }: FoundStatus): PublishedBits {
  const [revocation, suspension] = [new IndexMap(), new IndexMap()]
  const isRevocation = ({ purpose }: FoundList) => purpose === 'revocation'
  for (const { list, bits } of [...lists, ...others].filter(isRevocation)) addAll(revocation.bits(list), bits)
  for (const { list, bits } of lists.filter((found) => !isRevocation(found)))
    addAll(suspension.bits(list), bits)
  return { revocation, suspension, known: new Set(lists.filter(isRevocation).map(({ list }) => list)) }
}

function addAll(to: Uint8Array, from: Uint8Array): void {
  for (const [i, byte] of to.entries()) to[i] = byte | (from[i] ?? 0)
}

/** Reads every credential and run of a tenant, a page at a time. Keeps the ids of owners and agents, and 32 KiB for each list. */
export async function compareRows(db: Database, tenant: string, published: PublishedBits): Promise<Compared> {
  const compared: Compared = {
    given: new IndexMap(),
    leased: new IndexMap(),
    ended: [],
    endedRuns: [],
    liveOwners: new Set(),
    liveAgents: new Set(),
    suspendedOwners: new Set(),
    suspendedDelegations: new Map(),
    unsuspendedAgents: new Set(),
  }
  const columns = 'id, kind, state, owner_id, agent_id, list, idx, lease, ends_at'
  for await (const row of allRows(db, columns, 'credentials WHERE tenant_id = ?', tenant))
    compare(row, published, compared)
  for await (const row of allRows(db, 'id, state, list, idx', 'runs WHERE tenant_id = ?', tenant)) {
    const isEnded = published.revocation.has(integer(row, 'list'), integer(row, 'idx'))
    if (isEnded && text(row, 'state') === 'active') compared.endedRuns.push(text(row, 'id'))
  }
  return compared
}

function compare(row: Row, published: PublishedBits, compared: Compared): void {
  const [list, index] = [integer(row, 'list'), integer(row, 'idx')]
  compared.given.add(list, index)
  for (const leased of json<number[]>(row, 'lease')) {
    compared.given.add(list, leased)
    compared.leased.add(list, leased)
  }
  if (text(row, 'state') === 'revoked') return
  if (published.revocation.has(list, index)) compared.ended.push(text(row, 'id'))
  else
    compareLive(
      row,
      { isKnown: published.known.has(list), isSuspended: published.suspension.has(list, index) },
      compared,
    )
}

interface Shown {
  readonly isKnown: boolean
  readonly isSuspended: boolean
}

function compareLive(row: Row, { isKnown, isSuspended }: Shown, compared: Compared): void {
  const isStaying = isKnown && row.ends_at === null
  if (text(row, 'kind') === 'owner') {
    const owner = text(row, 'owner_id')
    if (isStaying) compared.liveOwners.add(owner)
    if (isSuspended) compared.suspendedOwners.add(owner)
    return
  }
  const agent = text(row, 'agent_id')
  if (isStaying) compared.liveAgents.add(agent)
  if (!isSuspended) {
    compared.unsuspendedAgents.add(agent)
    return
  }
  const suspended = compared.suspendedDelegations.get(agent) ?? []
  suspended.push(text(row, 'id'))
  compared.suspendedDelegations.set(agent, suspended)
}
