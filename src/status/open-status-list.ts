import { CLOCK_SKEW_MS } from '../core/clock.ts'
import type { Did } from '../model/did.ts'
import { STATUS_PURPOSES, type StatusPurpose } from '../model/status-list-entry.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { VC_JWT_TYPE } from '../securing/vc-jose/parse-vc-jwt.ts'
import { bitsDigest, decodeBitstring } from './bitstring.ts'
import { statusInvalid } from './status-invalid.ts'
import { openStatusJws, type StatusTrust } from './status-jws.ts'
import {
  MAX_STATUS_LIST_BYTES,
  parseStatusListCredential,
  type StatusListCredential,
} from './status-list-credential.ts'
import type { StatusProof } from './status-proof.ts'

/** A status list whose signature, issuer, address, purpose and time were checked. Times are ms since 1970. */
export interface StatusList {
  readonly url: string
  readonly purpose: StatusPurpose
  readonly statusIssuer: Did
  /** RFC 7638 thumbprint of the key that signed. */
  readonly keyThumbprint: string
  /** `validFrom`; grows with every version. */
  readonly version: number
  readonly validUntil: number
  /** MSB-first, at least 131,072 entries. Never written to. */
  readonly bits: Uint8Array
  /** SHA-256 of the bits, base64url. */
  readonly bitsDigest: string
  readonly ttlMs: number
}

/** A list whose bits a signature of the status issuer covers: its own, or that of a head that commits to them. */
export type SignedBits = Omit<StatusList, 'ttlMs'>

/** What the list must be: the one that a status entry names. */
export interface OpenStatusListOptions extends StatusTrust {
  readonly url: string
  /** Default: the purpose that the list says, which must be one of the two. */
  readonly purpose?: StatusPurpose
}

/**
 * Opens a status list secured as `vc+jwt` or with a Data Integrity proof: everything that docs/spec/05-status.md
 * "Accepting status" demands and that one list alone can show. Rollback needs memory (status-memory.ts), freshness a policy (freshness.ts).
 *
 * @param text The compact JWS, or the JSON of a document with `proof`, as fetched. What reads the latter is loaded when
 *   the first one is met.
 * @returns `status_stale` for an expired list, `did_unresolvable` when the status issuer's document cannot be
 *   had, `status_invalid` for all else. Nothing reads as "not revoked".
 */
export async function openStatusList(
  text: string,
  options: OpenStatusListOptions,
): Promise<Verdict<StatusList>> {
  const secured = await openSecured(text, options)
  if (!secured.verified) return secured
  const credential = readCredential(secured.value)
  if (!credential.verified) return credential
  const purpose = purposeOf(credential.value, options)
  if (purpose === undefined) return statusInvalid('statusPurpose')
  const expected = expect(credential.value, options)
  if (!expected.verified) return expected
  const bits = await decodeBitstring(credential.value.encodedList)
  return bits.verified
    ? accept(statusList(credential.value, bits.value, secured.value.keyThumbprint, { ...options, purpose }))
    : bits
}

/** The two forms of a list; a compact JWS cannot begin with a brace. */
async function openSecured(text: string, trust: StatusTrust): Promise<Verdict<StatusProof>> {
  if (!text.startsWith('{')) return openStatusJws(text, VC_JWT_TYPE, MAX_STATUS_LIST_BYTES, trust)
  const { openStatusProof } = await import('./status-proof.ts')
  return openStatusProof(text, MAX_STATUS_LIST_BYTES, trust)
}

/** A list ends with its proof, if that ends before. */
function readCredential({ payload, expires }: StatusProof): Verdict<StatusListCredential> {
  const credential = parseStatusListCredential(payload)
  if (!credential.verified || expires === undefined) return credential
  return accept({ ...credential.value, validUntil: Math.min(credential.value.validUntil, expires) })
}

/** The purpose asked for, when the list has it; without one, the only known purpose of the list. */
function purposeOf(
  { purposes }: StatusListCredential,
  asked: OpenStatusListOptions,
): StatusPurpose | undefined {
  const known = STATUS_PURPOSES.filter((purpose) => purposes.includes(purpose))
  if (asked.purpose !== undefined) return known.find((purpose) => purpose === asked.purpose)
  return known.length === 1 ? known[0] : undefined
}

/** Checks that this list is the one asked for and that its time has come and has not passed. */
function expect(list: StatusListCredential, options: OpenStatusListOptions): Verdict<void> {
  const { url, statusIssuer, now, skewMs = CLOCK_SKEW_MS } = options
  if (list.issuer !== statusIssuer) return statusInvalid('issuer')
  if (list.id !== url) return statusInvalid('id')
  if (!(list.validFrom <= now + skewMs)) return statusInvalid('validFrom')
  return now < list.validUntil ? accept(undefined) : refuse('status_stale', { dimension: 'validUntil' })
}

function statusList(
  { validFrom, validUntil, ttlMs }: StatusListCredential,
  bits: Uint8Array,
  keyThumbprint: string,
  { url, purpose, statusIssuer }: OpenStatusListOptions & { readonly purpose: StatusPurpose },
): StatusList {
  const common = { url, purpose, statusIssuer, keyThumbprint, validUntil, ttlMs }
  return { ...common, version: validFrom, bits, bitsDigest: bitsDigest(bits) }
}
