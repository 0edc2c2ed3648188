import type { Fetch } from '../core/clock.ts'
import { refuse, type Verdict } from '../refusal.ts'
import { listVersionUrl } from '../status/layout.ts'
import type { Leaf } from '../status/leaf-table.ts'
import { openStatusList, type StatusList } from '../status/open-status-list.ts'
import { isUnderOrigins } from '../status/origins.ts'
import type { StatusTrust } from '../status/status-jws.ts'
import { MAX_STATUS_LIST_BYTES } from '../status/status-list-credential.ts'
import { fetchDocument } from './fetch-document.ts'

/** Fetches the list that a head commits to, and opens it. */
export async function fetchList(
  fetch: Fetch,
  leaf: Leaf,
  { statusOrigins, ...trust }: StatusTrust & { readonly statusOrigins: readonly string[] },
): Promise<Verdict<StatusList>> {
  if (!isUnderOrigins(leaf.list, statusOrigins)) return refuse('status_invalid', { dimension: 'origin' })
  const token = await fetchDocument(fetch, listVersionUrl(leaf.list, leaf.version), MAX_STATUS_LIST_BYTES)
  if (!token.verified) return token
  const list = await openStatusList(token.value.trim(), { url: leaf.list, ...trust })
  if (!list.verified) return list
  const isCommitted = list.value.version === leaf.version && list.value.bitsDigest === leaf.digest
  return isCommitted ? list : refuse('status_invalid', { dimension: 'digest' })
}
