import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import {
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  member,
  parseStrictJson,
} from '../../core/json.ts'
import { verifyDataIntegrity } from '../../securing/data-integrity/verify.ts'
import { decodeBitstring } from '../../status/bitstring.ts'
import {
  MAX_STATUS_LIST_BYTES,
  STATUS_LIST_CREDENTIAL_TYPE,
  STATUS_LIST_SUBJECT_TYPE,
} from '../../status/status-list-credential.ts'
import { type GenericCredential, readCredential } from '../../vcdm/credential.ts'
import { fetchDocument } from '../../verifier/fetch-document.ts'
import type { Instance } from './instance.ts'
import { openEnvelope } from './open-envelope.ts'
import { type Checked, failed } from './problems.ts'
import { FURTHER_CONTEXTS } from './terms.ts'

/** A list as it is read from elsewhere, its signature and validity checked. */
export interface RemoteList {
  readonly purposes: readonly Json[]
  readonly bits: Uint8Array
}

/**
 * Fetches the list at an address that the operator allows, and verifies it (Bitstring Status List §3.2). Nothing is kept.
 *
 * @returns `STATUS_RETRIEVAL_ERROR`, or `STATUS_VERIFICATION_ERROR` for a list that is not what it should be.
 */
export async function fetchList(url: string, instance: Instance): Promise<Checked<RemoteList>> {
  const text = await fetchDocument(instance.fetch, url, MAX_STATUS_LIST_BYTES)
  if (!text.verified)
    return failed('STATUS_RETRIEVAL_ERROR', `${text.refusal.code}: ${text.refusal.dimension}`)
  const document = await openList(text.value.trim(), instance)
  const read = document === undefined ? undefined : readCredential(document)
  if (read?.verified !== true || !isCurrent(read.value, url, instance.clock())) return unverified()
  const subject = member(read.value.document, 'credentialSubject')
  if (!isJsonObject(subject) || member(subject, 'type') !== STATUS_LIST_SUBJECT_TYPE) return unverified()
  const { statusPurpose = '', encodedList } = subject
  const bits = typeof encodedList === 'string' ? await decodeBitstring(encodedList) : undefined
  if (bits?.verified !== true) return unverified()
  const purposes = isJsonArray(statusPurpose) ? statusPurpose : [statusPurpose]
  return { verified: true, value: { purposes, bits: bits.value } }
}

/** The credential of a list, with a proof or as a compact JWS; `undefined` when its signature is not good. */
async function openList(text: string, instance: Instance): Promise<JsonObject | undefined> {
  if (text.startsWith('{')) {
    const json = parseStrictJson(text)
    const options = {
      proofPurpose: 'assertionMethod',
      resolver: instance.resolver,
      now: instance.clock(),
    } as const
    if (!isJsonObject(json)) return undefined
    return (await verifyDataIntegrity(json, { ...options, contexts: FURTHER_CONTEXTS })).verified
      ? json
      : undefined
  }
  const opened = await openEnvelope({ mediaType: 'application/vc+jwt', content: text }, 'vc', {}, instance)
  return opened.verified ? opened.value.document : undefined
}

function isCurrent(
  { id, types, validFrom, validUntil }: GenericCredential,
  url: string,
  now: number,
): boolean {
  if (id !== url || !types.includes(STATUS_LIST_CREDENTIAL_TYPE)) return false
  return (validFrom ?? now) <= now + CLOCK_SKEW_MS && (validUntil ?? now) >= now - CLOCK_SKEW_MS
}

function unverified(): Checked<never> {
  return failed('STATUS_VERIFICATION_ERROR', 'the list is not one that can be verified')
}
