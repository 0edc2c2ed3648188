import { sha256Base64url } from '#crypto'
import { decodeBase64url } from '../../core/base64url.ts'
import { decodeUtf8 } from '../../core/bytes.ts'
import { isJsonArray, type Json, parseStrictJson } from '../../core/json.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'

/** Ends the JWS and each disclosure (RFC 9901 §4). */
const SEPARATOR = '~'

/** What a key binding looks like, so that a disclosure that was cut off is not taken for one. */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** One salted part of a payload (RFC 9901 §4.2). */
export interface Disclosure {
  /** As presented: what its digest is taken of. */
  readonly text: string
  /** SHA-256 of the text, base64url. */
  readonly digest: string
  /** Name of the member; absent for an element of an array. */
  readonly name?: string
  readonly value: Json
}

/** An SD-JWT in the compact form, taken apart; nothing is known about its parts. */
export interface SdJwtParts {
  /** The issuer's JWS. */
  readonly jws: string
  readonly disclosures: readonly Disclosure[]
  /** Everything up to and with the last tilde: what a key binding commits to (RFC 9901 §4.3.1). */
  readonly presented: string
  /** The key binding JWT, if one follows. */
  readonly keyBinding?: string
}

/**
 * Takes an SD-JWT apart (RFC 9901 §4) and reads its disclosures: canonical base64url of a strict JSON array, of salt
 * and value or of salt, name and value.
 *
 * Linear in the length of the text, which the caller bounds.
 *
 * @param maxDisclosures Most disclosures.
 * @returns `malformed`; `limit_exceeded` for too many disclosures.
 */
export function splitSdJwt(text: string, maxDisclosures: number): Verdict<SdJwtParts> {
  const end = text.lastIndexOf(SEPARATOR) + 1
  const [jws, ...texts] = text.slice(0, Math.max(end - 1, 0)).split(SEPARATOR)
  if (end === 0 || jws === undefined) return refuse('malformed', { dimension: 'token' })
  if (texts.length > maxDisclosures) return refuse('limit_exceeded', { dimension: 'disclosures' })
  const disclosures: Disclosure[] = []
  for (const one of texts) {
    const disclosure = parseDisclosure(one)
    if (disclosure === undefined) return refuse('malformed', { dimension: 'disclosures' })
    disclosures.push(disclosure)
  }
  const parts = { jws, disclosures, presented: text.slice(0, end) }
  const keyBinding = text.slice(end)
  if (keyBinding === '') return accept(parts)
  return COMPACT_JWS.test(keyBinding)
    ? accept({ ...parts, keyBinding })
    : refuse('malformed', { dimension: 'keyBinding' })
}

function parseDisclosure(text: string): Disclosure | undefined {
  const bytes = decodeBase64url(text)
  const json = bytes && decodeUtf8(bytes)
  const items = json === undefined ? undefined : parseStrictJson(json)
  if (!isJsonArray(items) || typeof items[0] !== 'string') return undefined
  const digest = sha256Base64url(text)
  if (items.length === 2) return { text, digest, value: items[1] ?? null }
  const [, name, value = null] = items
  return items.length === 3 && typeof name === 'string' ? { text, digest, name, value } : undefined
}
