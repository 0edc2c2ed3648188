import { decodeUtf8 } from '../../core/bytes.ts'
import { encodeJcs } from '../../core/jcs.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject, parseStrictJson } from '../../core/json.ts'
import { ProcuraError } from '../../errors.ts'
import { MAX_CHAIN_LINKS, VC_CONTEXT } from '../../model/credential.ts'
import type { MemberReader } from '../../model/member-reader.ts'
import { ENVELOPED_CREDENTIAL, PRESENTATION, VC_JWT_URL, VC_SD_JWT_URL } from './presentation.ts'

/**
 * Reads what presentations of every mechanism have in common: context, type and the credentials
 * (docs/spec/06-presenting.md §2).
 *
 * @returns The texts of the credentials, in the order of the document, which means nothing.
 */
export function readPresented(members: MemberReader): readonly string[] {
  members.parsed('@context', (json) => isOnly(json, VC_CONTEXT), true)
  members.parsed('type', (json) => isOnly(json, PRESENTATION), true)
  return members.list('verifiableCredential', { max: MAX_CHAIN_LINKS }, parseMember)
}

/**
 * Writes what {@link readPresented} reads.
 *
 * @param texts Compact tokens, or JSON texts of credentials with Data Integrity proofs.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a text that is neither.
 */
export function presentationOf(texts: readonly string[]): JsonObject {
  return { '@context': [VC_CONTEXT], type: [PRESENTATION], verifiableCredential: texts.map(memberOf) }
}

function memberOf(text: string): JsonObject {
  if (!text.startsWith('{')) return enveloped(text)
  const credential = parseStrictJson(text)
  if (isJsonObject(credential)) return credential
  throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'a link of the chain is not JSON')
}

function enveloped(token: string): JsonObject {
  const url = token.includes('~') ? VC_SD_JWT_URL : VC_JWT_URL
  return { '@context': VC_CONTEXT, id: url + token, type: ENVELOPED_CREDENTIAL }
}

function isOnly(json: Json, item: string): true | undefined {
  return isJsonArray(json) && json.length === 1 && json[0] === item ? true : undefined
}

/** One credential: a token in an envelope, or the JSON of one with Data Integrity proofs, whose text is its JCS. */
function parseMember(json: Json): string | undefined {
  if (!isJsonObject(json)) return undefined
  return json.type === ENVELOPED_CREDENTIAL ? tokenIn(json) : decodeUtf8(encodeJcs(json))
}

function tokenIn(envelope: JsonObject): string | undefined {
  const { '@context': context, id, type: _, ...others } = envelope
  if (context !== VC_CONTEXT || typeof id !== 'string' || Object.keys(others).length > 0) return undefined
  const url = id.startsWith(VC_JWT_URL) ? VC_JWT_URL : VC_SD_JWT_URL
  const token = id.slice(url.length)
  const fits = id.startsWith(url) && token.includes('~') === (url === VC_SD_JWT_URL)
  return fits && !token.startsWith('{') ? token : undefined
}
