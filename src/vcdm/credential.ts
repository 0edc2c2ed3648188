import { parseDateTime } from '../core/date-time.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { startsWith, VERSIONS, type Version, versionOf } from './context.ts'
import { isNaturalText } from './language-value.ts'
import { isRelatedResource } from './related-resource.ts'
import { findBreach, idOf, isParty, isTyped, isUrl, type MemberRule, oneOrMore, typesOf } from './rules.ts'

const CREDENTIAL_TYPE = 'VerifiableCredential'

/** A credential of any kind, read but not verified. Times are milliseconds since 1970. */
export interface GenericCredential {
  readonly version: Version
  /** As it was given, `proof` included. */
  readonly document: JsonObject
  readonly id?: string
  readonly types: readonly string[]
  /** URL of the issuer. */
  readonly issuer: string
  readonly validFrom?: number
  readonly validUntil?: number
  /** The entries of `credentialStatus`, of whatever type. */
  readonly status: readonly JsonObject[]
}

function isTypedProperty(value: Json): boolean {
  return oneOrMore((object) => isTyped(object))(value)
}

/** At least one claim about each subject; the name of a subject is a URL (VCDM 2.0 §4.8). */
function isSubject(subject: JsonObject): boolean {
  const id = member(subject, 'id')
  return Object.keys(subject).length > 0 && (id === undefined || isUrl(id))
}

/** As {@link isParty}, with texts of the right form (VCDM 2.0 §4.6 gives the issuer as the place where they matter). */
function isNamedParty(value: Json): boolean {
  if (!isParty(value)) return false
  return !isJsonObject(value) || findBreach(value, TEXTS) === undefined
}

const TEXTS: readonly MemberRule[] = [
  { name: 'name', holds: isNaturalText },
  { name: 'description', holds: isNaturalText },
]

/** What both versions ask for; sections of VCDM 2.0. */
const COMMON: readonly MemberRule[] = [
  { name: 'id', holds: isUrl }, // §4.4
  { name: 'type', isRequired: true, holds: (value) => typesOf(value).includes(CREDENTIAL_TYPE) }, // §4.5
  { name: 'issuer', isRequired: true, holds: isNamedParty }, // §4.7
  { name: 'credentialSubject', isRequired: true, holds: oneOrMore(isSubject) }, // §4.8
  { name: 'credentialStatus', holds: isTypedProperty }, // §4.10
  { name: 'credentialSchema', holds: oneOrMore((schema) => isTyped(schema, { isIdRequired: true })) }, // §4.11
  { name: 'proof', holds: oneOrMore((proof) => isTyped(proof)) }, // §4.12
  { name: 'refreshService', holds: isTypedProperty }, // §5.4
  { name: 'termsOfUse', holds: isTypedProperty }, // §5.5
  { name: 'evidence', holds: isTypedProperty }, // §5.6
]

const RULES: Readonly<Record<Version, readonly MemberRule[]>> = {
  '2.0': [
    { name: '@context', isRequired: true, holds: startsWith(VERSIONS['2.0']) }, // §4.3
    ...COMMON,
    ...TEXTS, // §4.6
    { name: 'validFrom', holds: isDateTime }, // §4.9
    { name: 'validUntil', holds: isDateTime },
    { name: 'relatedResource', holds: isRelatedResource }, // §5.3
    { name: 'confidenceMethod', holds: isTypedProperty }, // §5.10
    { name: 'renderMethod', holds: isTypedProperty },
  ],
  '1.1': [
    { name: '@context', isRequired: true, holds: startsWith(VERSIONS['1.1']) },
    ...COMMON,
    { name: 'issuanceDate', isRequired: true, holds: isDateTime },
    { name: 'expirationDate', holds: isDateTime },
  ],
}

/** How a credential is read. */
export interface ReadOptions {
  /** Default: VCDM 2.0 alone. */
  readonly versions?: readonly Version[]
}

/**
 * Reads a credential by the rules of VCDM 2.0 for documents of any kind: what each property that the data model defines
 * must be. Terms that it does not define are not looked at; see `findUndefinedTerm`. Verifies no proof.
 *
 * @returns `malformed` naming the property; `unsupported` for a version that is not among `versions`.
 */
export function readCredential(document: JsonObject, options: ReadOptions = {}): Verdict<GenericCredential> {
  const { versions = ['2.0'] } = options
  const version = versionOf(member(document, '@context'))
  if (!versions.includes(version)) return refuse('unsupported', { dimension: '@context' })
  const breach = findBreach(document, RULES[version])
  if (breach !== undefined) return breach
  const credential = describe(document, version)
  const { validFrom, validUntil } = credential
  // §4.9: the one is the same as the other, or earlier.
  const isOrdered = validFrom === undefined || validUntil === undefined || validFrom <= validUntil
  return isOrdered ? accept(credential) : refuse('malformed', { dimension: 'validUntil' })
}

function describe(document: JsonObject, version: Version): GenericCredential {
  const [from, until] = version === '2.0' ? ['validFrom', 'validUntil'] : ['issuanceDate', 'expirationDate']
  const id = idOf(member(document, 'id'))
  const validFrom = timeOf(member(document, from ?? ''))
  const validUntil = timeOf(member(document, until ?? ''))
  const status = member(document, 'credentialStatus') ?? []
  return {
    version,
    document,
    ...(id !== undefined && { id }),
    types: typesOf(member(document, 'type')),
    issuer: idOf(member(document, 'issuer')) ?? '',
    ...(validFrom !== undefined && { validFrom }),
    ...(validUntil !== undefined && { validUntil }),
    status: (isJsonArray(status) ? status : [status]).filter(isJsonObject),
  }
}

function isDateTime(value: Json): boolean {
  return timeOf(value) !== undefined
}

function timeOf(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? parseDateTime(value) : undefined
}
