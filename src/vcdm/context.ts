import { isJsonArray, isJsonObject, type Json } from '../core/json.ts'
import { VC_CONTEXT } from '../model/credential.ts'
import { isUrl, type Rule } from './rules.ts'

/** The first context of a credential of VCDM 1.1, which this one superseded. */
export const VC_1_CONTEXT = 'https://www.w3.org/2018/credentials/v1'

/** Versions of the data model. */
export type Version = '2.0' | '1.1'

/** The context that stands first, by version. */
export const VERSIONS: Readonly<Record<Version, string>> = { '2.0': VC_CONTEXT, '1.1': VC_1_CONTEXT }

/** Most contexts of one document; each is read whole. */
const MAX_CONTEXTS = 16

/**
 * A list of contexts (VCDM 2.0 §4.3): the base context first, then URLs and objects. What the objects define is for
 * JSON-LD to judge.
 */
export function startsWith(base: string): Rule {
  return (value) => {
    if (!isJsonArray(value) || value.length > MAX_CONTEXTS || value[0] !== base) return false
    return value.every((context) => isUrl(context) || isJsonObject(context))
  }
}

/** The version that a list of contexts begins with. */
export function versionOf(context: Json | undefined): Version {
  return isJsonArray(context) && context[0] === VC_1_CONTEXT ? '1.1' : '2.0'
}

/** The context of an envelope: the base context alone, or among others (VCDM 2.0 §4.12.1). */
export function includesBaseContext(value: Json): boolean {
  const contexts = isJsonArray(value) ? value : [value]
  return contexts.length <= MAX_CONTEXTS && contexts.includes(VC_CONTEXT)
}
