import { isJsonObject, type JsonObject, member } from '../core/json.ts'

/**
 * The DID of the issuer or holder that a document names: a text, or an object with more to say (VCDM 2.0 §4.7, §4.13).
 *
 * @returns `undefined` when it names nobody, and the empty text, which nobody's key signs for, when what stands there
 * has no name.
 */
export function speakerIn(document: JsonObject, role: string): string | undefined {
  const speaker = member(document, role)
  if (speaker === undefined) return undefined
  const id = isJsonObject(speaker) ? member(speaker, 'id') : speaker
  return typeof id === 'string' ? id : ''
}
