import type { Fetch } from '../core/clock.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { listVersionUrl } from '../status/layout.ts'
import type { CommittedLeaves, Leaf } from '../status/leaf-table.ts'
import { openStatusList, type StatusList } from '../status/open-status-list.ts'
import { isUnderOrigins } from '../status/origins.ts'
import { MAX_SNAPSHOT_LISTS } from '../status/snapshot.ts'
import type { StatusTrust } from '../status/status-jws.ts'
import { MAX_STATUS_LIST_BYTES } from '../status/status-list-credential.ts'
import { fetchDocument } from './fetch-document.ts'
import type { HeldStatus } from './held-status.ts'
import { standingAt } from './sync-failure.ts'

/** Most lists held of one authority: 16 KiB each, 131,072 entries each, two lists to a credential. */
export const MAX_FOLLOWED_LISTS: number = MAX_SNAPSHOT_LISTS

/** Lists fetched at the same time. */
const PARALLEL_FETCHES = 8

interface ListAccess {
  readonly fetch: Fetch
  readonly statusOrigins: readonly string[]
  /** Who signs, and what time it is. */
  readonly trust: () => StatusTrust
}

/** Fetches what is not held, a few at a time; one list that fails does not keep the others back. */
export async function fetchLists(
  { leaves }: CommittedLeaves,
  held: HeldStatus,
  access: ListAccess,
): Promise<Verdict<void>> {
  const live = [...leaves.values()].filter(({ state }) => state === 'live')
  const followed = live.slice(0, MAX_FOLLOWED_LISTS)
  const queue = followed.filter((leaf) => !held.has(leaf))
  let failed: Verdict<void> = live.length > followed.length ? refuse('limit_exceeded') : accept(undefined)
  const work = async (): Promise<void> => {
    for (let leaf = queue.pop(); leaf !== undefined; leaf = queue.pop()) {
      const list = await fetchList(leaf, access)
      const taken = standingAt(leaf.list, list.verified ? held.acceptList(leaf, list.value) : list)
      if (!taken.verified) failed = taken
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_FETCHES }, work))
  return failed
}

async function fetchList(
  leaf: Leaf,
  { fetch, statusOrigins, trust }: ListAccess,
): Promise<Verdict<StatusList>> {
  if (!isUnderOrigins(leaf.list, statusOrigins)) return refuse('status_invalid', { dimension: 'origin' })
  const token = await fetchDocument(fetch, listVersionUrl(leaf.list, leaf.version), MAX_STATUS_LIST_BYTES)
  if (!token.verified) return token
  const list = await openStatusList(token.value.trim(), { url: leaf.list, ...trust() })
  if (!list.verified) return list
  const isCommitted = list.value.version === leaf.version && list.value.bitsDigest === leaf.digest
  return isCommitted ? list : refuse('status_invalid', { dimension: 'digest' })
}
