import { sha256 } from '#crypto'
import { encodeBase58 } from '../core/base58.ts'
import { concatBytes, decodeUtf8, encodeUtf8 } from '../core/bytes.ts'
import { CLOCK_SKEW_MS } from '../core/clock.ts'
import { parseDateTime } from '../core/date-time.ts'
import { encodeJcs } from '../core/jcs.ts'
import {
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  member,
  parseStrictJson,
} from '../core/json.ts'
import { isDid, methodSpecificIdOf } from '../model/did.ts'

/** Most entries of a log; a key that changes every week fills it in ten years. */
export const MAX_WEBVH_ENTRIES = 512

/** The only version of the method that is read. */
const METHOD = 'did:webvh:1.0'

const MEMBERS: ReadonlySet<string> = new Set(['versionId', 'versionTime', 'parameters', 'state', 'proof'])
const PARAMETERS: ReadonlySet<string> = new Set([
  'method',
  'scid',
  'updateKeys',
  'portable',
  'nextKeyHashes',
  'witness',
  'watchers',
  'deactivated',
])

/** SHA-256 multihash: code 0x12, 32 bytes. */
const MULTIHASH = Uint8Array.of(0x12, 32)

/** A DID log whose form, chain of digests and times are right. Its proofs are not checked yet. */
export interface WebvhLog {
  /** Oldest first; never empty. */
  readonly entries: readonly JsonObject[]
  /** The DID document of the last entry. */
  readonly state: JsonObject
  /** Whether some entry needs witnesses, whose proofs lie in another file. */
  readonly isWitnessed: boolean
  /** Whether the owner has ended the DID, in any entry. */
  readonly isDeactivated: boolean
}

/**
 * Reads a DID log (did:webvh 1.0 § The DID Log) and checks what its package takes for granted or checks late: strict
 * JSON lines, known members and parameters, the digest of *every* entry and the SCID that the first one makes, times
 * that grow and are not ahead, at least one proof each, by a key that is named once. Whose keys may sign, witnesses,
 * pre-rotation and portability are left to the package.
 *
 * @param scid The self-certifying identifier in the DID that was asked for.
 * @param now Milliseconds since 1970.
 */
export function parseWebvhLog(text: string, scid: string, now: number): WebvhLog | undefined {
  const lines = text.replace(/\n$/, '').split('\n', MAX_WEBVH_ENTRIES + 1)
  if (lines.length > MAX_WEBVH_ENTRIES) return undefined
  const entries: JsonObject[] = []
  let before = { versionId: scid, time: Number.NEGATIVE_INFINITY }
  for (const line of lines) {
    const entry = parseStrictJson(line)
    const isRead = isJsonObject(entry) && isEntry(entry, scid, entries.length + 1)
    const next = isRead ? versionOf(entry, before, entries.length + 1) : undefined
    if (!isRead || next === undefined || next.time > now + CLOCK_SKEW_MS) return undefined
    entries.push(entry)
    before = next
  }
  const [first] = entries
  const state = member(entries.at(-1) ?? {}, 'state')
  if (first === undefined || scidOf(first, scid) !== scid || !isJsonObject(state)) return undefined
  const parameters = entries.map((entry) => objectMember(entry, 'parameters'))
  return {
    entries,
    state,
    isWitnessed: parameters.some((each) => listMember(objectMember(each, 'witness'), 'witnesses').length > 0),
    isDeactivated: parameters.some((each) => member(each, 'deactivated') === true),
  }
}

function isEntry(entry: JsonObject, scid: string, number: number): boolean {
  const parameters = member(entry, 'parameters')
  const proofs = listMember(entry, 'proof')
  if (!isJsonObject(parameters) || !Object.keys(entry).every((name) => MEMBERS.has(name))) return false
  if (!Object.keys(parameters).every((name) => PARAMETERS.has(name))) return false
  if (number === 1 && (member(parameters, 'method') !== METHOD || member(parameters, 'scid') !== scid))
    return false
  if (
    number > 1 &&
    (Object.hasOwn(parameters, 'scid') || (member(parameters, 'method') ?? METHOD) !== METHOD)
  ) {
    return false
  }
  return isStateOf(member(entry, 'state'), scid) && proofs.length > 0 && proofs.every(isProof)
}

/** Every version is a document of this SCID, wherever it lies. */
function isStateOf(state: Json | undefined, scid: string): boolean {
  const id = isJsonObject(state) ? member(state, 'id') : undefined
  return (
    typeof id === 'string' &&
    isDid(id) &&
    id.startsWith('did:webvh:') &&
    methodSpecificIdOf(id).startsWith(`${scid}:`)
  )
}

/** The key stands in body and fragment of its `did:key`: two keys there would be one that may and one that did sign. */
function isProof(proof: Json): boolean {
  if (!isJsonObject(proof)) return false
  const [, key] = /^did:key:(z[1-9A-HJ-NP-Za-km-z]+)#\1$/.exec(textMember(proof, 'verificationMethod')) ?? []
  return (
    key !== undefined &&
    member(proof, 'type') === 'DataIntegrityProof' &&
    member(proof, 'cryptosuite') === 'eddsa-jcs-2022' &&
    member(proof, 'proofPurpose') === 'assertionMethod'
  )
}

/** The version that an entry makes, if it follows the one before: number, digest over it and that one, later time. */
function versionOf(
  entry: JsonObject,
  before: { readonly versionId: string; readonly time: number },
  number: number,
): { versionId: string; time: number } | undefined {
  const versionId = textMember(entry, 'versionId')
  const time = parseDateTime(textMember(entry, 'versionTime'))
  const { proof: _, ...unsigned } = entry
  const digest = digestOf(encodeJcs({ ...unsigned, versionId: before.versionId }))
  if (time === undefined || time <= before.time || versionId !== `${number}-${digest}`) return undefined
  return { versionId, time }
}

/** The SCID is the digest of the first entry as it was before it had one. */
function scidOf(first: JsonObject, scid: string): string {
  const { proof: _, ...unsigned } = first
  const text = decodeUtf8(encodeJcs({ ...unsigned, versionId: scid })) ?? ''
  return digestOf(encodeUtf8(text.replaceAll(scid, '{SCID}')))
}

function digestOf(bytes: Uint8Array): string {
  return encodeBase58(concatBytes(MULTIHASH, sha256(bytes)))
}

function objectMember(object: JsonObject, name: string): JsonObject {
  const value = member(object, name)
  return isJsonObject(value) ? value : {}
}

function listMember(object: JsonObject, name: string): readonly Json[] {
  const value = member(object, name)
  return isJsonArray(value) ? value : []
}

function textMember(object: JsonObject, name: string): string {
  const value = member(object, name)
  return typeof value === 'string' ? value : ''
}
