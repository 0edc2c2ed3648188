import type { Fetch } from '../core/clock.ts'
import { accept, type Verdict } from '../refusal.ts'
import type { Head } from '../status/head.ts'
import { leafTableUrl, statusBaseOf } from '../status/layout.ts'
import { type CommittedLeaves, MAX_LEAF_TABLE_CHARS, openLeafTable } from '../status/leaf-table.ts'
import type { StatusTrust } from '../status/status-jws.ts'
import { fetchChanges } from './fetch-changes.ts'
import { fetchDocument } from './fetch-document.ts'
import { fetchLists } from './fetch-lists.ts'
import type { HeldStatus } from './held-status.ts'
import { standingAt } from './sync-failure.ts'
import type { TrustEntry } from './trust.ts'

interface CommitAccess {
  readonly held: HeldStatus
  readonly fetch: Fetch
  /** Lists are fetched as they were signed, never by what changed. */
  readonly wholeLists: boolean
  /** Fetches the head once more. */
  readonly fetchHead: () => Promise<Verdict<Head>>
  /** Who signs, and what time it is. */
  readonly context: () => StatusTrust
}

/** Fetches what is not held of all that a head commits to, and takes it in together with the head. */
export async function takeCommit(
  next: Head,
  trust: TrustEntry,
  access: CommitAccess,
): Promise<Verdict<void>> {
  const { held, fetch, context } = access
  const head = await advance(next, trust, access)
  const committed = await fetchLeaves(head, trust, access)
  if (!committed.verified) return committed
  const { statusOrigins } = trust
  const lists = await fetchLists(committed.value, held, { fetch, statusOrigins, trust: context })
  const taken = held.acceptHead(head, committed.value)
  return taken.verified ? lists : standingAt(trust.head, taken)
}

/**
 * Takes in what changed since the head that is held, without the leaf table and the lists. Where that is not enough,
 * nothing is taken in. A slice that was signed after the head leads to a newer one, which is asked for once, and counts
 * only with the emergency list that was looked at.
 *
 * @returns The newest head known.
 */
async function advance(
  head: Head,
  trust: TrustEntry,
  { held, fetch, wholeLists, fetchHead }: CommitAccess,
): Promise<Head> {
  const before = held.head(trust.statusIssuer)
  if (wholeLists || before === undefined || before.root === head.root) return head
  const base = statusBaseOf(trust.head)
  const changes = await fetchChanges(fetch, base, before.iatMs, head.iatMs)
  if (changes === undefined) return head
  const isBehind = changes.some(({ version }) => version > head.iatMs)
  const again = isBehind ? await fetchHead() : accept(head)
  const isSame = again.verified && again.value.emergency === head.emergency
  const newest = isSame ? again.value : head
  held.advance(newest, changes, base)
  return newest
}

async function fetchLeaves(
  { root }: Head,
  trust: TrustEntry,
  { held, fetch }: CommitAccess,
): Promise<Verdict<CommittedLeaves>> {
  const known = held.leavesUnder(root)
  if (known !== undefined) return accept(known)
  const url = leafTableUrl(statusBaseOf(trust.head), root)
  const text = await fetchDocument(fetch, url, MAX_LEAF_TABLE_CHARS)
  return text.verified ? standingAt(url, openLeafTable(text.value, root)) : text
}
