import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'
import type { Refused } from '../../refusal.ts'
import { ENVELOPED_CREDENTIAL } from '../../securing/vc-jose/presentation.ts'
import { readCredential } from '../../vcdm/credential.ts'
import { readEnvelope } from '../../vcdm/envelope.ts'
import { readPresentation } from '../../vcdm/presentation.ts'
import { CREDENTIAL_TERMS, findUndefinedTerm, PRESENTATION_TERMS } from '../../vcdm/terms.ts'
import type { Feature } from './features.ts'

/**
 * Checks the form of a document that a token carries or is to carry: the rules of VCDM 2.0, only terms of the base
 * context at its top, and in a presentation only secured credentials (VC-JOSE-COSE §3.1.2). What is in their
 * envelopes has keys of its own, which the suite does not give, and is not opened.
 */
export function checkDocument(document: JsonObject, kind: Feature['document']): Refused | undefined {
  return kind === 'credential' ? checkCredential(document) : checkPresentation(document)
}

function checkCredential(document: JsonObject): Refused | undefined {
  const credential = readCredential(document)
  return credential.verified ? findUndefinedTerm(document, CREDENTIAL_TERMS['2.0']) : credential
}

function checkPresentation(document: JsonObject): Refused | undefined {
  const presentation = readPresentation(document)
  if (!presentation.verified) return presentation
  for (const credential of presentation.value.credentials) {
    const envelope = readEnvelope(withoutBreaks(credential), ENVELOPED_CREDENTIAL)
    if (!envelope.verified) return envelope
  }
  return findUndefinedTerm(document, PRESENTATION_TERMS)
}

/** Files of the suite have `data:` URLs with white space in them, which parsers of such URLs leave out. */
function withoutBreaks(credential: JsonObject): JsonObject {
  const id = member(credential, 'id')
  return typeof id === 'string' ? { ...credential, id: id.replaceAll(/[ \t\r\n]/g, '') } : credential
}

/** Puts a value in the place of the one at a path, in a copy. @returns `undefined` when there is nothing there. */
export function replaceAt(
  json: Json,
  path: readonly string[],
  change: (value: Json) => Json,
): Json | undefined {
  const [step, ...rest] = path
  if (step === undefined) return change(json)
  if (isJsonArray(json)) {
    const index = Number(step)
    const item = json[index]
    const changed = item === undefined ? undefined : replaceAt(item, rest, change)
    return changed === undefined ? undefined : json.with(index, changed)
  }
  const value = isJsonObject(json) ? member(json, step) : undefined
  const changed = value === undefined ? undefined : replaceAt(value, rest, change)
  return changed === undefined || !isJsonObject(json) ? undefined : { ...json, [step]: changed }
}
