import { isJsonArray, type Json, type JsonObject, member } from '../core/json.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import type { ENVELOPED_CREDENTIAL } from '../securing/vc-jose/presentation.ts'
import { includesBaseContext } from './context.ts'
import { findBreach, type MemberRule } from './rules.ts'
import { findUndefinedTerm } from './terms.ts'

/** The other kind of envelope (VCDM 2.0 §4.12.1 and §4.12.2). */
export const ENVELOPED_PRESENTATION = 'EnvelopedVerifiablePresentation'

export type EnvelopeType = typeof ENVELOPED_CREDENTIAL | typeof ENVELOPED_PRESENTATION

/** What an envelope carries: a secured document that is not JSON-LD itself. */
export interface Envelope {
  /** Without parameters, lower case: `application/vc+jwt`. */
  readonly mediaType: string
  /** What follows the comma of the `data:` URL. */
  readonly content: string
}

/** Nothing else: whatever stands beside the secured document is not secured. */
const ENVELOPE_TERMS = ['@context', 'id', 'type']

/** Longest `data:` URL, in characters: a presentation of several credentials. */
const MAX_ENVELOPE_CHARS: number = 256 * 1024

/** RFC 2397: a media type, parameters, a comma, and characters of a URL; a compact token needs no escapes. */
const DATA_URL =
  /^data:([a-z0-9.-]+\/[a-z0-9.+-]+)((?:;[a-z0-9-]+(?:=[a-z0-9.+-]+)?)*),([A-Za-z0-9._~+/=-]+)$/i

/** Tells whether an object calls itself an envelope of that type. */
export function isEnvelope(object: JsonObject, type: EnvelopeType): boolean {
  const types = member(object, 'type') ?? null
  return isJsonArray(types) ? types.includes(type) : types === type
}

/**
 * Reads an enveloped credential or presentation: the base context, exactly that type, a `data:` URL, and nothing beside.
 * What is in it is not looked at.
 *
 * @returns `malformed` naming the property; `limit_exceeded`.
 */
export function readEnvelope(object: JsonObject, type: EnvelopeType): Verdict<Envelope> {
  const id = member(object, 'id')
  if (typeof id === 'string' && id.length > MAX_ENVELOPE_CHARS)
    return refuse('limit_exceeded', { dimension: 'id' })
  const breach = findBreach(object, rulesOf(type)) ?? findUndefinedTerm(object, ENVELOPE_TERMS)
  if (breach !== undefined) return breach
  const [, mediaType = '', , content = ''] = DATA_URL.exec(String(id)) ?? []
  return accept({ mediaType: mediaType.toLowerCase(), content })
}

function rulesOf(type: EnvelopeType): readonly MemberRule[] {
  return [
    { name: '@context', isRequired: true, holds: includesBaseContext },
    { name: 'type', isRequired: true, holds: (value) => isOnly(value, type) },
    { name: 'id', isRequired: true, holds: (value) => typeof value === 'string' && DATA_URL.test(value) },
  ]
}

function isOnly(value: Json, type: EnvelopeType): boolean {
  return isJsonArray(value) ? value.length === 1 && value[0] === type : value === type
}
