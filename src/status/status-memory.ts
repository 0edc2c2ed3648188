import { ProcuraError } from '../errors.ts'
import type { Did } from '../model/did.ts'
import { accept } from '../refusal.ts'
import { acceptHead } from './accept-head.ts'
import type { Ruling, StatusAlarm } from './alarm.ts'
import { applyChanges, type ChangedStatus } from './apply-changes.ts'
import type { ListChange } from './changes.ts'
import type { Head } from './head.ts'
import type { CommittedLeaves, Leaf } from './leaf-table.ts'
import { confirmList, keepKeys, type ListMemory, rememberList, unconfirmList, viewOf } from './list-memory.ts'
import type { SignedBits } from './open-status-list.ts'
import { createStatusView, type ListView, type StatusView } from './status-view.ts'

/**
 * What a verifier remembers of the status it has seen, so that nobody can show it an older one
 * (docs/spec/05-status.md "Rollback"). Only opened lists and heads go in.
 *
 * Kept in this process: 16 KiB for a list of which more than a thousand entries are set, less for others.
 */
export interface StatusMemory {
  /** Takes in a list, or refuses it: `status_rollback`, or `status_invalid` for a list held for another purpose. */
  acceptList(list: SignedBits): Ruling<ListView>

  /**
   * Takes in a head and dates every held list that it commits to; lists that it calls retired are forgotten. Call
   * it after the lists that the head brought, so that one view shows all of a commit.
   *
   * @param committed The leaves under the root of this head; while the root stays, so may they.
   * @returns The newest head, or `status_rollback`.
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when the leaves lie under another root.
   */
  acceptHead(head: Head, committed: CommittedLeaves): Ruling<Head>

  /**
   * Takes in a head together with the lists that changed since the newest one, by the changes alone.
   *
   * @param changes Of all slices from that of the newest head to that of this one, joined.
   * @param base Where the lists lie: `{base}/r7`.
   * @returns `undefined`, and nothing is taken in, when they do not yield what the head commits to.
   */
  advance(head: Head, changes: readonly ListChange[], base: string): Advance | undefined

  /** The newest accepted head. */
  head(statusIssuer: Did): Head | undefined

  /**
   * Forgets what keys said that the status issuer's document no longer lists: their versions, their bits, their
   * head, and every date that the head gave.
   *
   * @param keyThumbprints RFC 7638 thumbprints of the keys under `assertionMethod` now.
   */
  keepKeys(statusIssuer: Did, keyThumbprints: ReadonlySet<string>): void

  /** A snapshot of all that is held. */
  view(): StatusView
}

/** What came of changes, and what came to light on the way. */
export interface Advance extends ChangedStatus {
  readonly alarms: readonly StatusAlarm[]
}

/** What is remembered of one status issuer. */
interface IssuerMemory {
  readonly lists: Map<string, ListMemory>
  newest?: { readonly head: Head; readonly committed: CommittedLeaves }
}

/** Makes an empty memory, for one verifier. */
export function createStatusMemory(): StatusMemory {
  const issuers = new Map<Did, IssuerMemory>()
  return {
    acceptList: (list) => takeList(issuerOf(issuers, list.statusIssuer), list),
    acceptHead: (head, committed) => takeHead(issuerOf(issuers, head.statusIssuer), head, committed),
    advance: (head, changes, base) => advance(issuerOf(issuers, head.statusIssuer), head, changes, base),
    head: (statusIssuer) => issuers.get(statusIssuer)?.newest?.head,
    keepKeys: (statusIssuer, keys) => forgetOthers(issuerOf(issuers, statusIssuer), keys),
    view: () => viewOfAll(issuers),
  }
}

function viewOfAll(issuers: ReadonlyMap<Did, IssuerMemory>): StatusView {
  const lists = new Map([...issuers].map(([did, memory]) => [did, viewsOf(memory.lists)]))
  const heads = [...issuers].flatMap(([did, { newest }]) =>
    newest === undefined ? [] : [[did, newest.head] as const],
  )
  return createStatusView(lists, new Map(heads))
}

function issuerOf(issuers: Map<Did, IssuerMemory>, did: Did): IssuerMemory {
  const known = issuers.get(did)
  if (known !== undefined) return known
  const fresh: IssuerMemory = { lists: new Map() }
  issuers.set(did, fresh)
  return fresh
}

function takeList({ lists, newest }: IssuerMemory, list: SignedBits): Ruling<ListView> {
  const { verdict, ...rest } = rememberList(lists.get(list.url), list)
  if (!verdict.verified) return { verdict, ...rest }
  const leaf = newest?.committed.leaves.get(list.url)
  const memory = leaf && newest ? confirmByLeaf(verdict.value, leaf, newest.head) : verdict.value
  lists.set(list.url, memory)
  return { verdict: accept(viewOf(memory)), ...rest }
}

function takeHead(issuer: IssuerMemory, head: Head, committed: CommittedLeaves): Ruling<Head> {
  if (committed.root !== head.root) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'the leaves must be those under the root of the head',
    )
  }
  const ruling = acceptHead(issuer.newest?.head, head)
  if (!ruling.verdict.verified) return ruling
  issuer.newest = { head: ruling.verdict.value, committed }
  for (const [url, memory] of issuer.lists) {
    const leaf = committed.leaves.get(url)
    if (leaf?.state === 'retired') issuer.lists.delete(url)
    else if (leaf !== undefined) issuer.lists.set(url, confirmByLeaf(memory, leaf, head))
  }
  return ruling
}

function advance(
  issuer: IssuerMemory,
  head: Head,
  changes: readonly ListChange[],
  base: string,
): Advance | undefined {
  const { newest, lists } = issuer
  if (newest === undefined || !acceptHead(newest.head, head).verdict.verified) return undefined
  const changed = applyChanges({ committed: newest.committed, lists }, changes, head, base)
  if (changed === undefined) return undefined
  const alarms = changed.lists.map((list) => takeList(issuer, list).alarm)
  takeHead(issuer, head, changed.committed)
  return { ...changed, alarms: alarms.filter((alarm) => alarm !== undefined) }
}

function confirmByLeaf(memory: ListMemory, leaf: Leaf, head: Head): ListMemory {
  return leaf.state === 'live' ? confirmList(memory, leaf.digest, head.iatMs) : memory
}

function forgetOthers(issuer: IssuerMemory, keys: ReadonlySet<string>): void {
  const dropHead = issuer.newest !== undefined && !keys.has(issuer.newest.head.keyThumbprint)
  if (dropHead) delete issuer.newest
  for (const [url, memory] of issuer.lists) {
    const kept = keepKeys(memory, keys)
    if (kept === undefined) issuer.lists.delete(url)
    else issuer.lists.set(url, dropHead ? unconfirmList(kept) : kept)
  }
}

function viewsOf(lists: ReadonlyMap<string, ListMemory>): ReadonlyMap<string, ListView> {
  return new Map([...lists].map(([url, memory]) => [url, viewOf(memory)]))
}
