import { formatDateTime, parseDateTime } from '../core/date-time.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import { VC_CONTEXT } from '../model/credential.ts'
import { accept, type Verdict } from '../refusal.ts'
import { isClosed, stringMember } from './closed-object.ts'
import { statusInvalid } from './status-invalid.ts'

export const STATUS_LIST_CREDENTIAL_TYPE = 'BitstringStatusListCredential'
export const STATUS_LIST_SUBJECT_TYPE = 'BitstringStatusList'

/** Largest list, in bytes as transmitted (spec 10 "Defaults"). */
export const MAX_STATUS_LIST_BYTES: number = 1024 * 1024

/** How long a list is valid, in ms; it is signed anew at half of that. */
export const DEFAULT_LIST_VALIDITY_MS = 21_600_000

/** How long a reader may keep a list before it asks again, in ms, when the list does not say. */
export const DEFAULT_LIST_TTL_MS = 60_000

/** Shortest ttl that is honoured, in ms: one publishing epoch; less would only make readers hammer the host. */
export const MIN_LIST_TTL_MS = 5_000

/** Longest ttl that is honoured, in ms: the routine freshness tier, beyond which a list is of no use. */
export const MAX_LIST_TTL_MS = 3_600_000

/** Most purposes that one list may name; the recommendation defines four. */
const MAX_PURPOSES = 8

/** A status list credential, read but not verified. Times are milliseconds since 1970. */
export interface StatusListCredential {
  /** URL of the list: its identity. */
  readonly id: string
  readonly issuer: string
  /** The version of the list. */
  readonly validFrom: number
  readonly validUntil: number
  readonly purposes: readonly string[]
  readonly encodedList: string
  /** Between {@link MIN_LIST_TTL_MS} and {@link MAX_LIST_TTL_MS}, whatever the list says. */
  readonly ttlMs: number
}

const MEMBERS = ['@context', 'id', 'type', 'issuer', 'validFrom', 'validUntil', 'credentialSubject']
const SUBJECT_MEMBERS = ['type', 'statusPurpose', 'encodedList']
const OPTIONAL_SUBJECT_MEMBERS = ['id', 'ttl', 'statusSize']

/**
 * Reads a W3C `BitstringStatusListCredential` (docs/spec/05-status.md "Lists").
 *
 * Tolerant where the recommendation is: order of types, one purpose or several, a ttl of any size. Strict in
 * all else: no other member, one-bit entries only, `validFrom` and `validUntil` required, `validFrom` in the one
 * form `…sssZ`, because it is the version.
 *
 * @returns `status_invalid` naming the member.
 */
export function parseStatusListCredential(json: JsonObject): Verdict<StatusListCredential> {
  if (!isClosed(json, MEMBERS)) return statusInvalid('credential')
  if (!equalsList(member(json, '@context'), [VC_CONTEXT])) return statusInvalid('@context')
  if (!isListType(member(json, 'type'))) return statusInvalid('type')
  const id = stringMember(json, 'id')
  if (id === undefined) return statusInvalid('id')
  const issuer = stringMember(json, 'issuer')
  if (issuer === undefined) return statusInvalid('issuer')
  const window = parseWindow(json)
  if (window === undefined) return statusInvalid('validFrom')
  const subject = parseSubject(member(json, 'credentialSubject'), id)
  return subject.verified ? accept({ id, issuer, ...window, ...subject.value }) : subject
}

function parseWindow(json: JsonObject): Pick<StatusListCredential, 'validFrom' | 'validUntil'> | undefined {
  const from = stringMember(json, 'validFrom') ?? ''
  const validFrom = parseDateTime(from)
  const validUntil = parseDateTime(stringMember(json, 'validUntil') ?? '')
  if (validFrom === undefined || validUntil === undefined) return undefined
  const ordered = 0 <= validFrom && validFrom < validUntil
  return ordered && formatDateTime(validFrom) === from ? { validFrom, validUntil } : undefined
}

type Subject = Pick<StatusListCredential, 'purposes' | 'encodedList' | 'ttlMs'>

function parseSubject(subject: Json | undefined, listId: string): Verdict<Subject> {
  if (!isJsonObject(subject) || !isClosed(subject, SUBJECT_MEMBERS, OPTIONAL_SUBJECT_MEMBERS)) {
    return statusInvalid('credentialSubject')
  }
  const id = member(subject, 'id')
  if (id !== undefined && id !== `${listId}#list`) return statusInvalid('credentialSubject.id')
  if (member(subject, 'type') !== STATUS_LIST_SUBJECT_TYPE) return statusInvalid('credentialSubject.type')
  const size = member(subject, 'statusSize')
  if (size !== undefined && size !== 1) return statusInvalid('statusSize')
  const purposes = parsePurposes(member(subject, 'statusPurpose'))
  if (purposes === undefined) return statusInvalid('statusPurpose')
  const encodedList = stringMember(subject, 'encodedList')
  if (encodedList === undefined) return statusInvalid('encodedList')
  return accept({ purposes, encodedList, ttlMs: clampTtl(member(subject, 'ttl')) })
}

/** A ttl is a hint that can only cost traffic: whatever is no number counts as absent, the rest is bounded. */
function clampTtl(ttl: Json | undefined): number {
  const wanted = typeof ttl === 'number' ? ttl : DEFAULT_LIST_TTL_MS
  return Math.min(MAX_LIST_TTL_MS, Math.max(MIN_LIST_TTL_MS, wanted))
}

function parsePurposes(purpose: Json | undefined): readonly string[] | undefined {
  const purposes = typeof purpose === 'string' ? [purpose] : purpose
  if (!isJsonArray(purposes) || purposes.length === 0 || purposes.length > MAX_PURPOSES) return undefined
  return purposes.every((one) => typeof one === 'string') ? purposes : undefined
}

function isListType(type: Json | undefined): boolean {
  const types = ['VerifiableCredential', STATUS_LIST_CREDENTIAL_TYPE]
  return equalsList(type, types) || equalsList(type, types.toReversed())
}

function equalsList(json: Json | undefined, list: readonly string[]): boolean {
  return isJsonArray(json) && json.length === list.length && list.every((item, i) => json[i] === item)
}
