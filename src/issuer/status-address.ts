import {
  STATUS_PURPOSES,
  type StatusEntry,
  type StatusLease,
  type StatusPurpose,
} from '../model/status-list-entry.ts'
import { statusListId, statusListUrl, tokenStatusListId } from '../status/layout.ts'
import type { StatusPosition } from './issued-credential.ts'

/** Everything that a tenant publishes lies below: `https://id.example/status/acme`. */
export function statusBase(origin: string, tenant: string): string {
  return `${origin}/status/${tenant}`
}

/** URL of one list of a pair. */
export function listUrl(origin: string, tenant: string, purpose: StatusPurpose, pair: number): string {
  return statusListUrl(statusBase(origin, tenant), statusListId(purpose, pair))
}

/** URL of the Token Status List that mirrors a pair. */
export function mirrorUrl(origin: string, tenant: string, pair: number): string {
  return statusListUrl(statusBase(origin, tenant), tokenStatusListId(pair))
}

/** Both lists of a pair, by URL. */
function pairUrls(
  origin: string,
  tenant: string,
  pair: number,
): Pick<StatusEntry, 'revocation' | 'suspension'> {
  return {
    revocation: listUrl(origin, tenant, 'revocation', pair),
    suspension: listUrl(origin, tenant, 'suspension', pair),
  }
}

export function statusEntry(origin: string, tenant: string, { list, index }: StatusPosition): StatusEntry {
  return { ...pairUrls(origin, tenant, list), index }
}

/** The lease of a credential: indexes of the list in which the credential itself stands. */
export function statusLease(
  origin: string,
  tenant: string,
  { list }: StatusPosition,
  indexes: readonly number[],
): readonly StatusLease[] {
  return indexes.length === 0 ? [] : [{ ...pairUrls(origin, tenant, list), indexes }]
}

/** Number of a list: no sign, no leading zero, at most what fits an integer of SQL. */
const PAIR = /^[1-9]\d{0,8}$/

/** The number of the pair that a revocation list's URL names; `undefined` when it is not one of this tenant. */
export function pairOfUrl(origin: string, tenant: string, revocationUrl: string): number | undefined {
  const prefix = `${statusBase(origin, tenant)}/r`
  const pair = revocationUrl.startsWith(prefix) ? revocationUrl.slice(prefix.length) : ''
  return PAIR.test(pair) ? Number(pair) : undefined
}

/** One list of a pair. */
export interface ListName {
  readonly list: number
  readonly purpose: StatusPurpose
}

/** `r7` or `s7`; `undefined` for anything else. */
export function parseListName(text: string): ListName | undefined {
  const list = Number(/^[rs]([1-9]\d{0,8})$/.exec(text)?.[1])
  const purpose = STATUS_PURPOSES.find((candidate) => statusListId(candidate, list) === text)
  return purpose === undefined ? undefined : { list, purpose }
}

/** The list that a URL names; `undefined` when it is not one of this tenant. */
export function listOfUrl(origin: string, tenant: string, url: string): ListName | undefined {
  const prefix = `${statusBase(origin, tenant)}/`
  return url.startsWith(prefix) ? parseListName(url.slice(prefix.length)) : undefined
}
