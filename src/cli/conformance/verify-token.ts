import { compactVerify, decodeProtectedHeader } from 'jose'
import { decodeUtf8 } from '../../core/bytes.ts'
import { isJsonObject, type JsonObject, member, parseStrictJson } from '../../core/json.ts'
import { applyDisclosures } from '../../securing/sd-jwt/apply-disclosures.ts'
import { MAX_DISCLOSURES } from '../../securing/sd-jwt/read-sd-jwt.ts'
import { splitSdJwt } from '../../securing/sd-jwt/sd-jwt.ts'
import { speakerIn } from '../../securing/speaker.ts'
import { checkUnwrapped, documentOf } from '../../securing/vc-jose/jwt-claims.ts'
import { checkDocument } from './check-document.ts'
import type { Feature, TestResult } from './features.ts'
import { type JoseKey, readJoseKey } from './jose-key.ts'

/**
 * Verifies a token of the suite under the key that it gives: media type, signature, disclosures, the claims that must
 * agree, the form of the document. Time is not judged: the tokens of the suite are years old, and some have expired.
 *
 * @param method The key file.
 * @throws {CliError} For a key that cannot be used.
 */
export async function verifyToken(text: string, method: JsonObject, feature: Feature): Promise<TestResult> {
  const key = await readJoseKey(method, 'publicKeyJwk')
  const payload = await openToken(text, key, feature)
  if (typeof payload === 'string') return { result: 'failure', data: payload }
  const speaker = speakerIn(payload, feature.document === 'credential' ? 'issuer' : 'holder')
  const iss = member(payload, 'iss')
  if (iss !== undefined && iss !== speaker) return { result: 'failure', data: 'malformed: iss' }
  const document = documentOf(payload)
  const refused = checkUnwrapped(payload) ?? checkDocument(document, feature.document)
  if (refused === undefined) return { result: 'success', data: JSON.stringify(document) }
  return { result: 'failure', data: `${refused.refusal.code}: ${refused.refusal.dimension}` }
}

/** The payload with its disclosures, or the reason why there is none. */
async function openToken(text: string, key: JoseKey, feature: Feature): Promise<JsonObject | string> {
  if (feature.mechanism === 'jose') return openJws(text, key, feature.typ)
  const parts = splitSdJwt(text, MAX_DISCLOSURES)
  if (!parts.verified) return `${parts.refusal.code}: ${parts.refusal.dimension}`
  const payload = await openJws(parts.value.jws, key, feature.typ)
  if (typeof payload === 'string') return payload
  const disclosed = applyDisclosures(payload, parts.value.disclosures)
  return disclosed.verified ? disclosed.value : `${disclosed.refusal.code}: ${disclosed.refusal.dimension}`
}

async function openJws(
  token: string,
  { key, algorithm }: JoseKey,
  typ: string,
): Promise<JsonObject | string> {
  try {
    if (decodeProtectedHeader(token).typ !== typ) return 'malformed: typ'
    const { payload } = await compactVerify(token, key, { algorithms: [algorithm] })
    const json = parseStrictJson(decodeUtf8(payload) ?? '')
    return isJsonObject(json) ? json : 'malformed: payload'
  } catch {
    return 'signature_invalid: token'
  }
}
