import { CLOCK_SKEW_MS } from '../core/clock.ts'
import { isJsonObject, type JsonObject, member } from '../core/json.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { naturalMember, stringMember } from './closed-object.ts'
import { statusInvalid } from './status-invalid.ts'
import { openStatusJws, type StatusTrust } from './status-jws.ts'
import { DEFAULT_LIST_TTL_MS, MAX_STATUS_LIST_BYTES } from './status-list-credential.ts'
import {
  decodeTokenStatuses,
  isTokenStatusBits,
  type TokenStatusBits,
  type TokenStatuses,
} from './token-status-list.ts'

/** `typ` of a Token Status List Token (Token Status List §5.1). */
export const TOKEN_STATUS_LIST_TYP = 'statuslist+jwt'

/** A Token Status List whose signature, address and time were checked. Times are milliseconds since 1970. */
export interface TokenStatusList extends TokenStatuses {
  readonly url: string
  /** RFC 7638 thumbprint of the key that signed. */
  readonly keyThumbprint: string
  readonly issuedAt: number
  readonly validUntil: number
  readonly ttlMs: number
}

/** The claims of a Token Status List Token, read but not verified. Times are milliseconds since 1970. */
export interface TokenStatusListClaims {
  /** URL of the list. */
  readonly url: string
  readonly issuedAt: number
  readonly validUntil: number
  readonly ttlMs: number
  readonly bits: TokenStatusBits
  readonly lst: string
}

/**
 * Opens a Token Status List (docs/spec/05-status.md "Lists") with the rules of a Bitstring Status List: signed by a key
 * of the status issuer, about the URL that was asked for, of a time that has come and has not passed.
 *
 * @param token The compact JWS, as fetched.
 * @param options.url Where it was fetched from.
 * @returns `status_stale` for an expired list, `did_unresolvable` when the status issuer's document cannot be had,
 *   `status_invalid` for all else.
 */
export async function openTokenStatusList(
  token: string,
  options: StatusTrust & { readonly url: string },
): Promise<Verdict<TokenStatusList>> {
  const { url, now, skewMs = CLOCK_SKEW_MS } = options
  const jws = await openStatusJws(token, TOKEN_STATUS_LIST_TYP, MAX_STATUS_LIST_BYTES, options)
  if (!jws.verified) return jws
  const claims = parseTokenStatusListClaims(jws.value.payload)
  if (!claims.verified) return claims
  const { lst, bits, ...rest } = claims.value
  if (rest.url !== url) return statusInvalid('sub')
  if (!(rest.issuedAt <= now + skewMs)) return statusInvalid('iat')
  if (!(now < rest.validUntil)) return refuse('status_stale', { dimension: 'exp' })
  const statuses = await decodeTokenStatuses(lst, bits)
  if (!statuses.verified) return statuses
  return accept({ ...rest, ...statuses.value, keyThumbprint: jws.value.keyThumbprint })
}

/**
 * Reads the claims of a Token Status List Token (Token Status List §5.1). `exp` is required beyond what the draft asks:
 * a list that never ends could be shown for ever. Claims that are not known are ignored (RFC 7519 §4).
 *
 * @returns `status_invalid` naming the claim.
 */
export function parseTokenStatusListClaims(payload: JsonObject): Verdict<TokenStatusListClaims> {
  const url = stringMember(payload, 'sub')
  if (url === undefined) return statusInvalid('sub')
  const issuedAt = naturalMember(payload, 'iat')
  if (issuedAt === undefined) return statusInvalid('iat')
  const validUntil = naturalMember(payload, 'exp')
  if (validUntil === undefined || validUntil <= issuedAt) return statusInvalid('exp')
  const ttl = Object.hasOwn(payload, 'ttl') ? naturalMember(payload, 'ttl') : DEFAULT_LIST_TTL_MS / 1000
  if (ttl === undefined || ttl === 0) return statusInvalid('ttl')
  const list = member(payload, 'status_list')
  if (!isJsonObject(list)) return statusInvalid('status_list')
  const bits = member(list, 'bits')
  if (!isTokenStatusBits(bits)) return statusInvalid('bits')
  const lst = stringMember(list, 'lst')
  if (lst === undefined) return statusInvalid('lst')
  return accept({
    url,
    issuedAt: issuedAt * 1000,
    validUntil: validUntil * 1000,
    ttlMs: ttl * 1000,
    bits,
    lst,
  })
}
