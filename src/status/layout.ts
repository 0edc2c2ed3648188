import type { StatusPurpose } from '../model/status-list-entry.ts'

/**
 * Where the service puts what it signs, below `base` = `{origin}/status/{tenant}` (docs/spec/05-status.md
 * "Publishing"). Ids and roots are of unreserved characters, so nothing needs escaping.
 */

/** Media type of a status list credential with a Data Integrity proof: at its bare URL, and with the suffix `.json`. */
export const STATUS_LIST_VC_MEDIA_TYPE = 'application/vc'

/** Media type of a status list credential secured as a JWS, with the suffix `.jwt`. */
export const STATUS_LIST_MEDIA_TYPE = 'application/vc+jwt'

/** Media type of a Token Status List. */
export const TOKEN_STATUS_LIST_MEDIA_TYPE = 'application/statuslist+jwt'

/** Media type of a head. */
export const HEAD_MEDIA_TYPE = 'application/procura-head+jwt'

/** Media type of an emergency list. */
export const EMERGENCY_MEDIA_TYPE = 'application/procura-emergency+jwt'

/** Media type of a leaf table. */
export const LEAF_TABLE_MEDIA_TYPE = 'application/json'

/** Media type of a slice of changes. */
export const CHANGES_MEDIA_TYPE = 'application/procura-changes'

/** Media type of the stream of heads as they are signed. */
export const EVENTS_MEDIA_TYPE = 'text/event-stream'

/** Id of a list of the pair with this number: `r7` for revocation, `s7` for suspension. */
export function statusListId(purpose: StatusPurpose, pair: number): string {
  return `${purpose === 'revocation' ? 'r' : 's'}${pair}`
}

/** The purpose of the list at a URL of this layout; `undefined` for any other. */
export function purposeOfList(listUrl: string): StatusPurpose | undefined {
  const [, letter] = /\/([rs])(?:0|[1-9]\d*)$/.exec(listUrl) ?? []
  return letter === undefined ? undefined : letter === 'r' ? 'revocation' : 'suspension'
}

/** Id of the Token Status List that mirrors the pair with this number: `t7`. */
export function tokenStatusListId(pair: number): string {
  return `t${pair}`
}

/** URL of a list, which is also its identity: `{base}/r7`, `{base}/t7`. */
export function statusListUrl(base: string, listId: string): string {
  return `${base}/${listId}`
}

/** URL of one version of a list, as a JWS; what is served there never changes. `version` is `validFrom` in ms. */
export function listVersionUrl(listUrl: string, version: number): string {
  return `${listUrl}/${version}.jwt`
}

/** URL of the newest head. */
export function headUrl(base: string): string {
  return `${base}/head`
}

/** URL of the newest emergency list. */
export function emergencyUrl(base: string): string {
  return `${base}/emergency`
}

/** URL of the leaf table with this root; what is served there never changes. */
export function leafTableUrl(base: string, root: string): string {
  return `${base}/leaves/${root}`
}

/** URL of a slice of changes; once its time is over, what is served there never changes. */
export function changesUrl(base: string, slice: number): string {
  return `${base}/changes/${slice}`
}

/** URL of the stream of heads as they are signed. */
export function eventsUrl(base: string): string {
  return `${base}/events`
}

/** Tells whether a URL is where a service of this layout serves its newest head. */
export function isHeadUrl(url: string): boolean {
  return url.endsWith('/head')
}

/** The `base` below which a head lies, for a URL that {@link isHeadUrl} accepts. */
export function statusBaseOf(head: string): string {
  return head.slice(0, -'/head'.length)
}

/** The folder in which a directory keeps what lies at an origin: host and port, with `_` for the colon that some file systems lack. */
export function hostFolder(url: string): string {
  return new URL(url).host.replaceAll(':', '_')
}
