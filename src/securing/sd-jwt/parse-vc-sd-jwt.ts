import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { ParsedLink } from '../../model/chain.ts'
import { MAX_CREDENTIAL_BYTES } from '../../model/credential.ts'
import { MAX_GRANTS } from '../../model/grant.ts'
import { type Refused, refuse, type Verdict } from '../../refusal.ts'
import { parseCompactJws } from '../vc-jose/compact-jws.ts'
import { parseEnvelope } from '../vc-jose/parse-envelope.ts'
import { applyDisclosures, HASH_ALGORITHM, isHiddenElement, RESERVED_NAMES } from './apply-disclosures.ts'
import { type Disclosure, splitSdJwt } from './sd-jwt.ts'

/** Media type of a credential secured with SD-JWT (VC-JOSE-COSE §3.2.1). */
export const VC_SD_JWT_TYPE = 'vc+sd-jwt'

/**
 * Reads a credential secured as `vc+sd-jwt` (docs/spec/04-securing.md). The signature is not checked.
 *
 * Only elements of `authorizationDetails` can be hidden: an issuer's word about who, where and until when always
 * shows. What is hidden grants nothing, down to a credential that shows no entry and grants nothing at all. A key
 * binding does not belong into a chain: the presenter signs the request.
 *
 * @returns What {@link splitSdJwt}, {@link parseCompactJws}, {@link applyDisclosures} and {@link parseEnvelope}
 * refuse; `malformed` for a key binding and for anything else that is hidden; `limit_exceeded` beyond 16 KiB or 32
 * entries, hidden ones included.
 */
export function parseVcSdJwt(text: string): Verdict<ParsedLink> {
  if (text.length > MAX_CREDENTIAL_BYTES) return refuse('limit_exceeded', { dimension: 'token' })
  const parts = splitSdJwt(text, MAX_GRANTS)
  if (!parts.verified) return parts
  const { jws: token, disclosures, keyBinding } = parts.value
  if (keyBinding !== undefined) return refuse('malformed', { dimension: 'keyBinding' })
  const jws = parseCompactJws(token, VC_SD_JWT_TYPE, MAX_CREDENTIAL_BYTES)
  if (!jws.verified) return jws
  const refused = checkEntries(jws.value.payload, disclosures)
  if (refused !== undefined) return refused
  const payload = applyDisclosures(jws.value.payload, disclosures)
  return payload.verified ? parseEnvelope(VC_SD_JWT_TYPE, jws.value, payload.value, text) : payload
}

/** Checks that nothing but entries is hidden, and nothing within them. */
function checkEntries(payload: JsonObject, disclosures: readonly Disclosure[]): Refused | undefined {
  const { [HASH_ALGORITHM]: _, credentialSubject, ...envelope } = payload
  const subject = isJsonObject(credentialSubject) ? credentialSubject : {}
  const { authorizationDetails, ...rest } = subject
  const entries = isJsonArray(authorizationDetails) ? authorizationDetails : []
  if (entries.length > MAX_GRANTS) {
    return refuse('limit_exceeded', { dimension: 'credentialSubject.authorizationDetails' })
  }
  const shown = entries.filter((entry) => !isHiddenElement(entry))
  const plain = [envelope, rest, ...shown, ...disclosures.map(({ value }) => value)]
  return plain.some(hasReservedName) ? refuse('malformed', { dimension: 'disclosures' }) : undefined
}

function hasReservedName(json: Json): boolean {
  if (isJsonArray(json)) return json.some(hasReservedName)
  if (!isJsonObject(json)) return false
  return Object.entries(json).some(([name, value]) => RESERVED_NAMES.includes(name) || hasReservedName(value))
}
