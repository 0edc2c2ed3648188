import { sha256 } from '#crypto'
import { encodeBase64url } from '../core/base64url.ts'
import { encodeUtf8 } from '../core/bytes.ts'
import { CLOCK_SKEW_MS } from '../core/clock.ts'
import { type JsonObject, member } from '../core/json.ts'
import type { Did } from '../model/did.ts'
import { accept, type Verdict } from '../refusal.ts'
import { isClosed, isSha256, naturalMember, stringMember } from './closed-object.ts'
import { statusInvalid } from './status-invalid.ts'
import { openStatusJws, type StatusTrust } from './status-jws.ts'

/** `typ` of a head. */
export const HEAD_TYP = 'procura-head+jwt'

/**
 * Largest head that is read, in bytes. A head of `did:web:id.example:status` has about 530 and one of a
 * `did:key` about 680, since issuer and key name it twice; the rest is for long host names.
 */
export const MAX_HEAD_BYTES = 1024

/** Longest heartbeat that a head may promise, in seconds: the routine freshness tier. */
export const MAX_HEARTBEAT_SECONDS = 3600

/** The claims of a head (docs/spec/05-status.md "The head"). */
export interface HeadClaims {
  /** `iss`. */
  readonly statusIssuer: string
  /** Starts at 1 and grows by one with each signed head, heartbeats included. */
  readonly seq: number
  /** When it was signed, in milliseconds since 1970. */
  readonly iatMs: number
  /** Digest of the head before; `null` only in the first. */
  readonly prev: string | null
  /** RFC 6962 root of the leaf table, base64url. */
  readonly root: string
  /** Digest of the authority's newest emergency list; `null` while there is none. Who withholds the list is found out by it. */
  readonly emergency: string | null
  /** Seconds until the next head at the latest. */
  readonly heartbeat: number
}

/** A head that the status issuer signed and whose time has come. */
export interface Head extends HeadClaims {
  readonly statusIssuer: Did
  /** SHA-256 of the signed payload, base64url: the `prev` of the next. Signature bytes are malleable, so not of those. */
  readonly digest: string
  /** RFC 7638 thumbprint of the key that signed. */
  readonly keyThumbprint: string
  /** As received: two tokens of one `seq` are evidence against the status issuer. */
  readonly token: string
}

const MEMBERS = ['iss', 'seq', 'iatMs', 'prev', 'root', 'emergency', 'heartbeat']

/** Reads the claims of a head: closed shape, whole numbers, canonical digests. Checks no signature. */
export function parseHead(payload: JsonObject): Verdict<HeadClaims> {
  if (!isClosed(payload, MEMBERS)) return statusInvalid('head')
  const statusIssuer = stringMember(payload, 'iss')
  if (statusIssuer === undefined) return statusInvalid('iss')
  const seq = naturalMember(payload, 'seq')
  if (seq === undefined || seq === 0) return statusInvalid('seq')
  const iatMs = naturalMember(payload, 'iatMs')
  if (iatMs === undefined) return statusInvalid('iatMs')
  const heartbeat = naturalMember(payload, 'heartbeat')
  if (heartbeat === undefined || heartbeat === 0 || heartbeat > MAX_HEARTBEAT_SECONDS) {
    return statusInvalid('heartbeat')
  }
  const digests = parseDigests(payload, seq)
  return digests.verified ? accept({ statusIssuer, seq, iatMs, heartbeat, ...digests.value }) : digests
}

function parseDigests(
  payload: JsonObject,
  seq: number,
): Verdict<Pick<HeadClaims, 'prev' | 'root' | 'emergency'>> {
  const root = stringMember(payload, 'root')
  if (!isSha256(root)) return statusInvalid('root')
  const emergency = digestOrNull(payload, 'emergency')
  if (emergency === undefined) return statusInvalid('emergency')
  const prev = digestOrNull(payload, 'prev')
  const isPrev = prev !== undefined && (prev === null) === (seq === 1)
  return isPrev ? accept({ prev, root, emergency }) : statusInvalid('prev')
}

function digestOrNull(payload: JsonObject, name: string): string | null | undefined {
  const digest = stringMember(payload, name)
  if (isSha256(digest)) return digest
  return member(payload, name) === null ? null : undefined
}

/**
 * Opens a head: signature by the status issuer, shape, not from the future. Whether it follows the head that is
 * held is for `acceptHead` (accept-head.ts).
 *
 * @returns `did_unresolvable` when the status issuer's document cannot be had, else `status_invalid`.
 */
export async function openHead(token: string, trust: StatusTrust): Promise<Verdict<Head>> {
  const jws = await openStatusJws(token, HEAD_TYP, MAX_HEAD_BYTES, trust)
  if (!jws.verified) return jws
  const claims = parseHead(jws.value.payload)
  if (!claims.verified) return claims
  const { statusIssuer, now, skewMs = CLOCK_SKEW_MS } = trust
  if (claims.value.statusIssuer !== statusIssuer) return statusInvalid('iss')
  if (!(claims.value.iatMs <= now + skewMs)) return statusInvalid('iatMs')
  const { payloadText, keyThumbprint } = jws.value
  const digest = headDigest(encodeUtf8(payloadText))
  return accept({ ...claims.value, statusIssuer, digest, keyThumbprint, token })
}

/** Identity of a head: SHA-256 of the payload bytes as signed, base64url. */
export function headDigest(payloadBytes: Uint8Array): string {
  return encodeBase64url(sha256(payloadBytes))
}
