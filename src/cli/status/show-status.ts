import { decodeUtf8 } from '../../core/bytes.ts'
import type { Clock, Fetch } from '../../core/clock.ts'
import { type Recorded, recordingFetch } from '../../core/recording-fetch.ts'
import { type Head, openHead } from '../../status/head.ts'
import { leafTableUrl, statusBaseOf } from '../../status/layout.ts'
import { type Leaf, openLeafTable } from '../../status/leaf-table.ts'
import { AuthoritySync } from '../../verifier/authority-sync.ts'
import type { SyncState } from '../../verifier/sync-state.ts'
import type { TrustEntry } from '../../verifier/trust.ts'
import { followedTrust } from './followed-trust.ts'

/** One list as its head commits to it, and as far as it is held. Times are milliseconds since 1970. */
export interface ShownList {
  readonly leaf: Leaf
  readonly purpose?: string
  readonly validUntil?: number
}

export interface ShownStatus {
  readonly state: SyncState
  readonly head?: Head
  readonly lists: readonly ShownList[]
}

/** Looks at the newest head of an authority and at every list that it commits to, as a verifier does. */
export async function showStatus(trust: TrustEntry, fetch: Fetch, clock: Clock): Promise<ShownStatus> {
  const recorded: Recorded = new Map()
  const followed = followedTrust(trust, fetch, clock)
  const sync = new AuthoritySync({
    ...followed,
    clock,
    fetch: recordingFetch(fetch, recorded),
    onAlarm: () => undefined,
  })
  const state = await sync.sync()
  const token = decodeUtf8(recorded.get(trust.head) ?? new Uint8Array())?.trim() ?? ''
  const head = await openHead(token, { ...followed, statusIssuer: trust.statusIssuer, now: clock() })
  if (!head.verified) return { state, lists: [] }
  const lists = leavesOf(head.value, trust, recorded).map((leaf) => shown(leaf, sync, trust))
  return { state, head: head.value, lists }
}

function leavesOf({ root }: Head, trust: TrustEntry, recorded: Recorded): readonly Leaf[] {
  const bytes = recorded.get(leafTableUrl(statusBaseOf(trust.head) ?? '', root))
  const table = openLeafTable(decodeUtf8(bytes ?? new Uint8Array()) ?? '', root)
  return table.verified ? [...table.value.leaves.values()] : []
}

function shown(leaf: Leaf, { view }: AuthoritySync, { statusIssuer }: TrustEntry): ShownList {
  const list = view.list(leaf.list, statusIssuer)
  return list === undefined ? { leaf } : { leaf, purpose: list.purpose, validUntil: list.validUntil }
}
