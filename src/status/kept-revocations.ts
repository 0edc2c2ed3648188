import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { accept, type Verdict } from '../refusal.ts'
import { decodeBitstring } from './bitstring.ts'
import { isClosed, isSha256, naturalMember, stringMember } from './closed-object.ts'
import { encodeBitstring } from './encode-bitstring.ts'
import { statusInvalid } from './status-invalid.ts'

/** Most of them: two keys' word on each revocation list that a verifier follows. */
const MAX_KEPT_REVOCATIONS = 2048

/** Revocations in force by the word of one key, that no list as published has any more. */
export interface KeptRevocations {
  readonly list: string
  /** RFC 7638 thumbprint of the key. */
  readonly key: string
  /** Version of the last list that the key signed, in milliseconds since 1970. */
  readonly version: number
  readonly bits: Uint8Array
}

/** Writes what a snapshot cannot show, for this verifier alone: nobody signed it in this form. */
export async function encodeKeptRevocations(
  kept: readonly KeptRevocations[],
): Promise<readonly JsonObject[]> {
  const written: JsonObject[] = []
  for (const { list, key, version, bits } of kept)
    written.push({ list, key, version, encodedList: await encodeBitstring(bits) })
  return written
}

/** @returns `status_invalid` for anything else than what was written. */
export async function parseKeptRevocations(
  json: Json | undefined,
): Promise<Verdict<readonly KeptRevocations[]>> {
  if (!isJsonArray(json) || json.length > MAX_KEPT_REVOCATIONS) return statusInvalid('revocations')
  const kept: KeptRevocations[] = []
  for (const item of json) {
    const one = isJsonObject(item) ? await parseOne(item) : undefined
    if (one === undefined) return statusInvalid('revocations')
    kept.push(one)
  }
  return accept(kept)
}

async function parseOne(item: JsonObject): Promise<KeptRevocations | undefined> {
  if (!isClosed(item, ['list', 'key', 'version', 'encodedList'])) return undefined
  const list = stringMember(item, 'list')
  const key = stringMember(item, 'key')
  const version = naturalMember(item, 'version')
  const bits = await decodeBitstring(stringMember(item, 'encodedList') ?? '')
  if (list === undefined || !isSha256(key) || version === undefined || !bits.verified) return undefined
  return { list, key, version, bits: bits.value }
}
