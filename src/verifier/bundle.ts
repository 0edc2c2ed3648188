import { CLOCK_SKEW_MS } from '../core/clock.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import { findVerificationMethod } from '../did/did-document.ts'
import { isWebDid } from '../did/did-web.ts'
import { createDidResolver } from '../did/resolve-did.ts'
import { ProcuraError } from '../errors.ts'
import { type Did, isDid } from '../model/did.ts'
import type { Signer } from '../model/signer.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { type CompactJws, parseCompactJws, verifyCompactJws } from '../securing/vc-jose/compact-jws.ts'
import { isClosed, naturalMember } from '../status/closed-object.ts'
import type { PinnedTrust } from './configured-trust.ts'
import { parseStatus, type WrittenStatus } from './kept-status.ts'
import { didOf, signedJws } from './signed-jws.ts'
import { parseTrustEntry, STATUS_MEMBERS } from './trust.ts'

/** `typ` of a bundle. */
const BUNDLE_TYP = 'procura-bundle+jwt'

/** Largest bundle, in bytes. */
export const MAX_BUNDLE_BYTES: number = 64 * 1024 * 1024

/** Most authorities in one bundle. */
const MAX_BUNDLED_AUTHORITIES = 256

/** How an authority was trusted where a bundle was made: with an entry, or by name. What may be granted is not told. */
type BundledTrust = PinnedTrust | Did

/** One authority in a bundle. */
export interface Bundled {
  readonly trust: BundledTrust
  readonly status: WrittenStatus
}

/** A bundle that is signed by who has to have signed it. What it holds is not opened yet. */
export interface Bundle {
  readonly signer: Did
  /** Milliseconds since 1970. */
  readonly exportedAt: number
  readonly authorities: readonly Bundled[]
}

/** What goes into a bundle: its status is written already. */
export interface ToBundle {
  readonly trust: BundledTrust
  readonly status: JsonObject
}

/**
 * Makes a bundle (docs/spec/05-status.md "Bundle").
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a signer without a DID, or when there is nothing to bundle;
 *   `ERR_PROCURA_PAYLOAD_TOO_LARGE`.
 */
export async function writeBundle(
  authorities: readonly ToBundle[],
  signer: Signer,
  now: number,
): Promise<string> {
  if (authorities.length === 0)
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'no status is held yet: there is nothing to bundle',
    )
  const written = authorities.map(({ trust, status }) => ({ trust: encodeTrust(trust), status }))
  const payload = { iss: didOf(signer), iatMs: now, authorities: written }
  const bundle = await signedJws(BUNDLE_TYP, payload, signer)
  if (bundle.length <= MAX_BUNDLE_BYTES && written.length <= MAX_BUNDLED_AUTHORITIES) return bundle
  throw new ProcuraError(
    'ERR_PROCURA_PAYLOAD_TOO_LARGE',
    `the bundle has ${bundle.length} bytes and ${written.length} authorities, ${MAX_BUNDLE_BYTES} and ${MAX_BUNDLED_AUTHORITIES} are read: make several`,
  )
}

/**
 * Opens a bundle: signed by `did`, a `did:key` or `did:jwk`, and not of a time to come. Fetches nothing.
 *
 * @returns `key_not_authorized` for a bundle by anybody else, `signature_invalid`, `not_yet_valid`, `malformed`,
 *   `limit_exceeded`.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when `did` is no DID.
 */
export async function openBundle(text: unknown, did: unknown, now: number): Promise<Verdict<Bundle>> {
  if (typeof did !== 'string' || !isDid(did))
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'did must be the DID of who has to have signed the bundle',
    )
  if (typeof text !== 'string') return refuse('malformed', { dimension: 'bundle' })
  const jws = parseCompactJws(text, BUNDLE_TYP, MAX_BUNDLE_BYTES)
  if (!jws.verified) return jws
  const signed = await checkSigner(jws.value, did)
  if (!signed.verified) return signed
  const bundle = parseBundle(jws.value.payload, did)
  if (bundle === undefined) return refuse('malformed', { dimension: 'bundle' })
  return bundle.exportedAt <= now + CLOCK_SKEW_MS
    ? accept(bundle)
    : refuse('not_yet_valid', { dimension: 'iatMs' })
}

async function checkSigner(jws: CompactJws, did: Did): Promise<Verdict<void>> {
  if (!jws.kid.startsWith(`${did}#`)) return refuse('key_not_authorized', { dimension: 'kid' })
  const document = await createDidResolver().resolve(did)
  if (!document.verified) return document
  const method = findVerificationMethod(document.value, jws.kid, 'assertionMethod')
  return method.verified ? verifyCompactJws(jws, method.value) : method
}

function parseBundle(payload: JsonObject, signer: Did): Bundle | undefined {
  if (!isClosed(payload, ['iss', 'iatMs', 'authorities']) || member(payload, 'iss') !== signer)
    return undefined
  const exportedAt = naturalMember(payload, 'iatMs')
  const items = member(payload, 'authorities')
  if (exportedAt === undefined || !isJsonArray(items) || items.length > MAX_BUNDLED_AUTHORITIES)
    return undefined
  const authorities = items.map(parseBundled).filter((one) => one !== undefined)
  const names = new Set(authorities.map(({ status }) => status.authority))
  return names.size === items.length ? { signer, exportedAt, authorities } : undefined
}

function parseBundled(json: Json): Bundled | undefined {
  if (!isJsonObject(json) || !isClosed(json, ['trust', 'status'])) return undefined
  const trust = parseTrust(member(json, 'trust'))
  const status = parseStatus(member(json, 'status'))
  if (trust === undefined || status === undefined) return undefined
  return authorityOf(trust) === status.authority ? { trust, status } : undefined
}

function parseTrust(json: Json | undefined): BundledTrust | undefined {
  if (typeof json === 'string') return isDid(json) && isWebDid(json) ? json : undefined
  if (!isJsonObject(json) || !isClosed(json, ['authority', ...STATUS_MEMBERS])) return undefined
  const entry = parseTrustEntry(json)
  return 'problem' in entry ? undefined : entry
}

function authorityOf(trust: BundledTrust): Did {
  return typeof trust === 'string' ? trust : trust.authority
}

function encodeTrust(trust: BundledTrust): Json {
  if (typeof trust === 'string') return trust
  const { authority, statusIssuer, statusOrigins, head } = trust
  return { authority, statusIssuer, statusOrigins, head }
}
