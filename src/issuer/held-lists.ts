import { openStatusList, type StatusList } from '../status/open-status-list.ts'
import type { FailedCheck } from './build-list.ts'
import type { Issuer } from './issuer.ts'
import type { ListContent, PublishedList } from './published-status.ts'
import type { Tenant } from './records.ts'
import { listUrl } from './status-address.ts'

/** What was published before, read back as a verifier reads it. */
export interface HeldLists {
  /** By URL. */
  readonly lists: ReadonlyMap<string, StatusList>
  /** Lists whose key was revoked since: they are published anew, or nothing is. */
  readonly disowned: readonly PublishedList[]
}

/** Reads the lists of a tenant that were published last, by this process or an earlier one. */
export async function readHeldLists(
  { store, origin, resolver }: Issuer,
  { id, statusIssuer }: Tenant,
): Promise<HeldLists | FailedCheck> {
  const lists = new Map<string, StatusList>()
  const disowned: PublishedList[] = []
  for (const list of await store.publishedLists(id)) {
    const { purpose, version: now } = list
    const url = listUrl(origin, id, purpose, list.list)
    const opened = await openStatusList(list.jwt, { url, purpose, statusIssuer, resolver, now, skewMs: 0 })
    if (opened.verified) lists.set(url, opened.value)
    else if (opened.refusal.dimension === 'assertionMethod') disowned.push(list)
    else return { list: url, rule: 'held' }
  }
  return { lists, disowned }
}

/** A list that would be missing from the next head: of a key that was revoked, and not to be signed anew. */
export function lostList(
  disowned: HeldLists['disowned'],
  dirty: readonly ListContent[],
): PublishedList | undefined {
  return disowned.find(
    ({ list, purpose }) => !dirty.some((content) => content.list === list && content.purpose === purpose),
  )
}
