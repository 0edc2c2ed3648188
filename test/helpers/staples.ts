import type { JsonObject } from '../../src/core/json.ts'
import { buildStaple } from '../../src/status/build-staple.ts'
import { emergencyUrl, headUrl, leafTableUrl, listVersionUrl } from '../../src/status/layout.ts'
import { parseLeafTable } from '../../src/status/leaf-table.ts'
import { acceptedValue } from './signers.ts'
import type { StatusSite } from './status-site.ts'

/** What an agent brings of two lists as the site serves them now. */
export function stapleOf(site: StatusSite, ids: readonly string[] = ['r1', 's1']): JsonObject {
  const read = (url: string): string => site.documents.get(url) ?? ''
  const head = read(headUrl(site.base))
  const { root } = JSON.parse(Buffer.from(head.split('.')[1] ?? '', 'base64url').toString())
  const leaves = acceptedValue(parseLeafTable(read(leafTableUrl(site.base, root))))
  const urls = ids.map((id) => `${site.base}/${id}`)
  const lists = leaves
    .filter(({ list }) => urls.includes(list))
    .map(({ list, version }) => [list, read(listVersionUrl(list, version))] as const)
  const emergency = site.emergency === null ? null : read(emergencyUrl(site.base))
  return buildStaple({ head, emergency, leaves, lists: new Map(lists) })
}
