import { isJsonObject, member } from '../core/json.ts'
import type { DidDocument } from '../did/did-document.ts'
import { isWebDid, webHostOf } from '../did/did-web.ts'
import { isLoopbackHost } from '../model/status-url.ts'
import { parseTrustEntry, type TrustEntry } from './trust.ts'

/** Type of the service entry with which an authority says who signs its status and where it lies. */
export const STATUS_SERVICE_TYPE = 'ProcuraStatus'

/** Most places that a document may name for status lists. */
const MAX_ORIGINS = 16

/** Members of a trust entry that only an operator can write. */
const OPERATORS_OWN = ['authority', 'mayGrant', 'blocked', 'mirrors']

/**
 * Reads who signs the status of an authority from its DID document: one service entry of type `ProcuraStatus` whose
 * `serviceEndpoint` is a trust entry without `authority` and without limits but `tenants` (docs/spec/10-reference.md
 * "Trust entry").
 *
 * The document is signed by nobody, so it may say less than an operator: the status issuer is the key itself or lies
 * under the authority's own host, and loopback is only for an authority that lies there.
 *
 * @returns `none` when there is no such entry; `invalid` when there are several, or one that cannot be followed.
 */
export function readStatusService(document: DidDocument): TrustEntry | 'none' | 'invalid' {
  const [service, ...others] = document.services.filter(
    (entry) => member(entry, 'type') === STATUS_SERVICE_TYPE,
  )
  if (service === undefined) return 'none'
  const endpoint = member(service, 'serviceEndpoint')
  if (others.length > 0 || !isJsonObject(endpoint)) return 'invalid'
  if (OPERATORS_OWN.some((name) => Object.hasOwn(endpoint, name))) return 'invalid'
  const entry = parseTrustEntry({ ...endpoint, authority: document.id })
  if ('problem' in entry || entry.statusOrigins.length > MAX_ORIGINS) return 'invalid'
  return isNear(entry) ? entry : 'invalid'
}

function isNear({ authority, statusIssuer, statusOrigins }: TrustEntry): boolean {
  if (isWebDid(statusIssuer) && webHostOf(statusIssuer) !== webHostOf(authority)) return false
  const isLocal = isLoopbackHost(webHostOf(authority).split('%', 1)[0] ?? '')
  return isLocal || !statusOrigins.some((origin) => isLoopbackHost(hostnameOf(origin)))
}

/** Without `URL`, which throws for names of which the pattern of an origin knows nothing, such as `xn--a`. */
function hostnameOf(origin: string): string {
  return (origin.split('/')[2] ?? '').replace(/:\d+$/, '')
}
