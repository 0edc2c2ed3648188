import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { PRESENTATION } from '../securing/vc-jose/presentation.ts'
import { startsWith, VERSIONS, type Version, versionOf } from './context.ts'
import type { ReadOptions } from './credential.ts'
import {
  findBreach,
  idOf,
  isParty,
  isTyped,
  isUrl,
  MAX_VALUES,
  type MemberRule,
  oneOrMore,
  typesOf,
} from './rules.ts'

/** A presentation of any kind, read but not verified. */
export interface GenericPresentation {
  readonly version: Version
  readonly document: JsonObject
  /** URL of the holder, where the presentation names one. */
  readonly holder?: string
  /** Credentials and envelopes of credentials, in their order; nothing is known about them. */
  readonly credentials: readonly JsonObject[]
}

/** Objects, each a credential or an envelope; never a text or a URL (VCDM 2.0 §4.13). An empty list says nothing. */
function isCredentialList(value: Json): boolean {
  if (!isJsonArray(value)) return isJsonObject(value)
  return value.length <= MAX_VALUES && value.every((item) => isJsonObject(item))
}

function rulesOf(version: Version): readonly MemberRule[] {
  return [
    { name: '@context', isRequired: true, holds: startsWith(VERSIONS[version]) }, // §4.3
    { name: 'id', holds: isUrl }, // §4.4
    { name: 'type', isRequired: true, holds: (value) => typesOf(value).includes(PRESENTATION) }, // §4.5
    { name: 'verifiableCredential', holds: isCredentialList }, // §4.13
    { name: 'holder', holds: isParty }, // §4.13
    { name: 'proof', holds: oneOrMore((proof) => isTyped(proof)) }, // §4.12
    { name: 'termsOfUse', holds: oneOrMore((terms) => isTyped(terms)) }, // §5.5
  ]
}

/**
 * Reads a presentation by the rules of VCDM 2.0 §4.13. Its credentials are read one by one, by whoever verifies them.
 *
 * @returns `malformed` naming the property; `unsupported` for a version that is not among `versions`.
 */
export function readPresentation(
  document: JsonObject,
  options: ReadOptions = {},
): Verdict<GenericPresentation> {
  const { versions = ['2.0'] } = options
  const version = versionOf(member(document, '@context'))
  if (!versions.includes(version)) return refuse('unsupported', { dimension: '@context' })
  const breach = findBreach(document, rulesOf(version))
  if (breach !== undefined) return breach
  const holder = idOf(member(document, 'holder'))
  const list = member(document, 'verifiableCredential') ?? []
  return accept({
    version,
    document,
    ...(holder !== undefined && { holder }),
    credentials: (isJsonArray(list) ? list : [list]).filter(isJsonObject),
  })
}
