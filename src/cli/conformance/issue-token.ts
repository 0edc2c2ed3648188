import { CompactSign } from 'jose'
import { sha256Base64url } from '#crypto'
import { encodeBase64url } from '../../core/base64url.ts'
import { encodeUtf8 } from '../../core/bytes.ts'
import { systemRandom } from '../../core/clock.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'
import { usageError } from '../cli-error.ts'
import { checkDocument, replaceAt } from './check-document.ts'
import type { Feature, TestResult } from './features.ts'
import { readJoseKey } from './jose-key.ts'

/**
 * Secures a document as the suite asks.
 *
 * @param method The key file. @param paths What can be hidden, for SD-JWT: `credentialSubject.address.city`.
 * @throws {CliError} For a key that cannot be used, or a path that leads nowhere.
 */
export async function issueToken(
  document: Json | undefined,
  method: JsonObject,
  feature: Feature,
  paths: readonly string[],
): Promise<TestResult> {
  if (!isJsonObject(document)) return { result: 'failure', data: 'malformed: not a JSON object' }
  const refused = checkDocument(document, feature.document)
  if (refused !== undefined) {
    return { result: 'failure', data: `${refused.refusal.code}: ${refused.refusal.dimension}` }
  }
  const { algorithm, keyId, key } = await readJoseKey(method, 'secretKeyJwk')
  const { payload, disclosures } = hide(document, feature.mechanism === 'sdjwt' ? paths : [])
  const header = { alg: algorithm, kid: keyId, typ: feature.typ, cty: feature.typ.slice(0, 2) }
  const jws = await new CompactSign(encodeUtf8(JSON.stringify(payload))).setProtectedHeader(header).sign(key)
  const token = feature.mechanism === 'sdjwt' ? [jws, ...disclosures, ''].join('~') : jws
  return { result: 'success', data: token }
}

interface Hidden {
  readonly payload: Json
  readonly disclosures: readonly string[]
}

/** RFC 9901 §4.2: each value at a path gives way to the digest of a disclosure. */
function hide(document: JsonObject, paths: readonly string[]): Hidden {
  const disclosures: string[] = []
  let payload: Json = document
  for (const path of paths) {
    const steps = path.split(/\.|\[|\]\.?/).filter((step) => step !== '')
    const last = steps.pop() ?? ''
    const hidden = replaceAt(payload, steps, (parent) => hideIn(parent, last, disclosures))
    if (hidden === undefined) throw usageError('a path of --disclosures leads to nothing')
    payload = hidden
  }
  return { payload, disclosures }
}

function hideIn(parent: Json, step: string, disclosures: string[]): Json {
  const salt = encodeBase64url(systemRandom(16))
  if (isJsonArray(parent)) {
    const value = parent[Number(step)]
    if (value === undefined) throw usageError('a path of --disclosures leads to nothing')
    return parent.with(Number(step), { '...': disclose([salt, value], disclosures) })
  }
  const { [step]: value, ...rest } = isJsonObject(parent) ? parent : {}
  if (value === undefined) throw usageError('a path of --disclosures leads to nothing')
  const digests = member(rest, '_sd') ?? []
  const digest = disclose([salt, step, value], disclosures)
  return { ...rest, _sd: [...(isJsonArray(digests) ? digests : []), digest] }
}

/** @returns The digest of the disclosure, which is added to the others. */
function disclose(parts: readonly Json[], disclosures: string[]): string {
  const text = encodeBase64url(encodeUtf8(JSON.stringify(parts)))
  disclosures.push(text)
  return sha256Base64url(text)
}
