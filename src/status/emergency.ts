import { sha256 } from '#crypto'
import { encodeBase64url } from '../core/base64url.ts'
import { encodeUtf8 } from '../core/bytes.ts'
import { CLOCK_SKEW_MS } from '../core/clock.ts'
import { isJsonArray, type JsonObject, member } from '../core/json.ts'
import { type Did, isDid, isDidUrl } from '../model/did.ts'
import { accept, type Verdict } from '../refusal.ts'
import { parseCompactJws } from '../securing/vc-jose/compact-jws.ts'
import { isClosed, naturalMember, stringMember } from './closed-object.ts'
import { asStatusInvalid, statusInvalid } from './status-invalid.ts'
import { openStatusJws, type StatusTrust } from './status-jws.ts'

/** `typ` of an emergency list. */
export const EMERGENCY_TYP = 'procura-emergency+jwt'

/** Most keys and owners of one list: it is for the few that cannot wait, and every verifier fetches all of it. */
export const MAX_EMERGENCY_ENTRIES = 256

/** Longest name of a key or an owner in it, in characters: a `did:key` names its key with about 100. */
export const MAX_EMERGENCY_NAME_CHARS = 512

/** Largest emergency list that is read, in bytes: every entry as long as it may be. */
export const MAX_EMERGENCY_BYTES = 262_144

/** What counts no more, whatever anybody signs for it. */
export interface Emergency {
  /** Verification methods. */
  readonly keys: readonly string[]
  /** DIDs of owners. */
  readonly owners: readonly string[]
  /** Whether the authority itself is listed, with all that it vouches for. */
  readonly authority: boolean
}

/** The claims of an emergency list (docs/spec/05-status.md "Emergency list"). */
export interface EmergencyClaims extends Emergency {
  /** `iss`: the authority. */
  readonly issuer: string
  /** Starts at 1 and grows by one with each list that is signed. */
  readonly seq: number
  /** When it was signed, in milliseconds since 1970. */
  readonly iatMs: number
  /** A key made for the last drill, of nobody: it counts for nothing. */
  readonly drill?: string
}

/** An emergency list that the authority signed. */
export interface EmergencyList extends EmergencyClaims {
  /** SHA-256 of the signed payload, base64url: heads commit to it. */
  readonly digest: string
  /** As received. */
  readonly token: string
}

const MEMBERS = ['iss', 'seq', 'iatMs', 'keys', 'owners', 'authority']

/** Reads the claims of an emergency list: closed shape, whole numbers, names. Checks no signature. */
function parseEmergency(payload: JsonObject): Verdict<EmergencyClaims> {
  if (!isClosed(payload, MEMBERS, ['drill'])) return statusInvalid('emergency')
  const issuer = stringMember(payload, 'iss')
  if (issuer === undefined) return statusInvalid('iss')
  const seq = naturalMember(payload, 'seq')
  if (seq === undefined || seq === 0) return statusInvalid('seq')
  const iatMs = naturalMember(payload, 'iatMs')
  if (iatMs === undefined) return statusInvalid('iatMs')
  const keys = namesMember(payload, 'keys', isDidUrl)
  if (keys === undefined) return statusInvalid('keys')
  const owners = namesMember(payload, 'owners', isDid)
  if (owners === undefined || keys.length + owners.length > MAX_EMERGENCY_ENTRIES)
    return statusInvalid('owners')
  const authority = member(payload, 'authority')
  if (typeof authority !== 'boolean') return statusInvalid('authority')
  const drill = stringMember(payload, 'drill')
  if (Object.hasOwn(payload, 'drill') && !(drill !== undefined && isDidUrl(drill)))
    return statusInvalid('drill')
  return accept({ issuer, seq, iatMs, keys, owners, authority, ...(drill === undefined ? {} : { drill }) })
}

function namesMember(
  payload: JsonObject,
  name: string,
  isName: (text: string) => boolean,
): readonly string[] | undefined {
  const value = member(payload, name)
  if (!isJsonArray(value)) return undefined
  const names = value.filter((item) => typeof item === 'string')
  const areNames = names.every((text) => text.length <= MAX_EMERGENCY_NAME_CHARS && isName(text))
  return areNames && names.length === value.length ? names : undefined
}

/**
 * Opens an emergency list: signature by the authority, shape, not from the future. Whether it follows the one that is
 * held is for {@link EmergencyMemory}.
 *
 * @returns `did_unresolvable` when the authority's document cannot be had, else `status_invalid`.
 */
export async function openEmergency(
  token: string,
  { authority, resolver, now, skewMs = CLOCK_SKEW_MS }: EmergencyTrust,
): Promise<Verdict<EmergencyList>> {
  const signedBy = { statusIssuer: authority, resolver }
  const jws = await openStatusJws(token, EMERGENCY_TYP, MAX_EMERGENCY_BYTES, signedBy)
  if (!jws.verified) return jws
  const claims = parseEmergency(jws.value.payload)
  if (!claims.verified) return claims
  if (claims.value.issuer !== authority) return statusInvalid('iss')
  if (!(claims.value.iatMs <= now + skewMs)) return statusInvalid('iatMs')
  return accept({ ...claims.value, digest: digestOf(jws.value.payloadText), token })
}

/**
 * Opens an emergency list for which a head vouches, whoever signed it.
 *
 * @param digest As the head commits to it.
 */
export function openCommittedEmergency(token: string, digest: string): Verdict<EmergencyList> {
  const jws = parseCompactJws(token, EMERGENCY_TYP, MAX_EMERGENCY_BYTES)
  if (!jws.verified) return asStatusInvalid(jws)
  const claims = parseEmergency(jws.value.payload)
  if (!claims.verified) return claims
  const isCommitted = digestOf(jws.value.payloadText) === digest
  return isCommitted ? accept({ ...claims.value, digest, token }) : statusInvalid('digest')
}

function digestOf(payloadText: string): string {
  return encodeBase64url(sha256(encodeUtf8(payloadText)))
}

/** Whose emergency list it is, and when it is read. */
type EmergencyTrust = Omit<StatusTrust, 'statusIssuer'> & { readonly authority: Did }
