import { ProcuraError } from '../errors.ts'
import type { Did } from '../model/did.ts'
import { accept, type Verdict } from '../refusal.ts'
import { acceptHead } from './accept-head.ts'
import type { Ruling, StatusAlarm } from './alarm.ts'
import { applyChanges, type ChangedStatus } from './apply-changes.ts'
import type { ListChange } from './changes.ts'
import type { Head } from './head.ts'
import type { KeptRevocations } from './kept-revocations.ts'
import { purposeOfList } from './layout.ts'
import type { CommittedLeaves, Leaf } from './leaf-table.ts'
import {
  confirmList,
  keepKeys,
  type ListMemory,
  newestMark,
  publishedBits,
  rememberList,
  unconfirmList,
  unpublishedRevocations,
  viewOf,
  withRevocations,
} from './list-memory.ts'
import type { SignedBits } from './open-status-list.ts'
import type { OpenedSnapshot, Snapshot, SnapshotList } from './snapshot.ts'
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

  /** What {@link acceptList} would say of a list that is not taken in. */
  compare(list: SignedBits): Ruling<unknown>

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

  /**
   * Takes in a snapshot: lists and head at once, by the rules of {@link acceptList} and {@link acceptHead}. One that is
   * older than what is held changes nothing; a list that is refused does not keep the others back.
   */
  acceptSnapshot(snapshot: OpenedSnapshot): SnapshotRuling

  /** What is held, to be written down; `undefined` before a head was accepted. */
  held(statusIssuer: Did): KeptMemory | undefined

  /** Takes back revocations that {@link held} gave out. Only ever adds revocations. */
  restore(statusIssuer: Did, revocations: readonly KeptRevocations[]): void

  /** Thumbprints of all keys by whose word something is held. */
  keys(statusIssuer: Did): ReadonlySet<string>

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

/** What became of a snapshot: every alarm, and the first refusal. */
export interface SnapshotRuling {
  readonly verdict: Verdict<Head>
  readonly alarms: readonly StatusAlarm[]
}

/** What is held of one status issuer: what its newest head commits to, and the revocations that no list has any more. */
export interface KeptMemory {
  readonly snapshot: Snapshot
  readonly revocations: readonly KeptRevocations[]
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
    compare: (list) => rememberList(issuerOf(issuers, list.statusIssuer).lists.get(list.url), list),
    acceptHead: (head, committed) => takeHead(issuerOf(issuers, head.statusIssuer), head, committed),
    advance: (head, changes, base) => advance(issuerOf(issuers, head.statusIssuer), head, changes, base),
    acceptSnapshot: (snapshot) => takeSnapshot(issuerOf(issuers, snapshot.head.statusIssuer), snapshot),
    held: (statusIssuer) => heldOf(issuerOf(issuers, statusIssuer)),
    restore: (statusIssuer, revocations) => {
      const { lists } = issuerOf(issuers, statusIssuer)
      for (const kept of revocations) lists.set(kept.list, withRevocations(lists.get(kept.list), kept))
    },
    keys: (statusIssuer) => keysOf(issuerOf(issuers, statusIssuer)),
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
  const alarms = alarmsOf(changed.lists.map((list) => takeList(issuer, list)))
  takeHead(issuer, head, changed.committed)
  return { ...changed, alarms }
}

function takeSnapshot(issuer: IssuerMemory, { head, committed, lists }: OpenedSnapshot): SnapshotRuling {
  const ruling = acceptHead(issuer.newest?.head, head)
  if (!ruling.verdict.verified) return { verdict: ruling.verdict, alarms: alarmsOf([ruling]) }
  const rulings = lists.map((list) => takeList(issuer, list))
  takeHead(issuer, head, committed)
  const refused = rulings.map(({ verdict }) => verdict).find((verdict) => !verdict.verified)
  return { verdict: refused ?? ruling.verdict, alarms: alarmsOf(rulings) }
}

function alarmsOf(rulings: readonly Ruling<unknown>[]): readonly StatusAlarm[] {
  return rulings.map(({ alarm }) => alarm).filter((alarm) => alarm !== undefined)
}

function heldOf({ newest, lists }: IssuerMemory): KeptMemory | undefined {
  if (newest === undefined) return undefined
  const written: SnapshotList[] = []
  const revocations: KeptRevocations[] = []
  for (const [url, memory] of lists) {
    const bits = isCommitted(url, memory, newest.committed) ? publishedBits(memory) : undefined
    if (bits !== undefined) written.push({ url, validUntil: newestMark(memory).validUntil, bits })
    revocations.push(...unpublishedRevocations(url, memory, bits))
  }
  return { snapshot: { ...newest, lists: written }, revocations }
}

function isCommitted(url: string, memory: ListMemory, { leaves }: CommittedLeaves): boolean {
  const leaf = leaves.get(url)
  const { version, digest } = newestMark(memory)
  const isNewest = leaf?.state === 'live' && leaf.version === version && leaf.digest === digest
  return isNewest && memory.purpose === purposeOfList(url)
}

function keysOf({ newest, lists }: IssuerMemory): ReadonlySet<string> {
  const keys = new Set([...lists.values()].flatMap(({ marks }) => [...marks.keys()]))
  return newest === undefined ? keys : keys.add(newest.head.keyThumbprint)
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
