import { verifySignature } from '#crypto'
import { decodeBase64url, decodeBase64urlText } from '../../core/base64url.ts'
import { isJsonObject, type Json, type JsonObject, member, parseStrictJson } from '../../core/json.ts'
import type { MaybePromise } from '../../core/maybe-promise.ts'
import type { VerificationMethod } from '../../did/did-document.ts'
import { type DidUrl, isDidUrl } from '../../model/did.ts'
import type { Signer } from '../../model/signer.ts'
import { accept, type Refused, refuse, type Verdict } from '../../refusal.ts'
import { keyTypeOf, SIGNATURE_BYTES } from '../key-type.ts'

/** Names of `alg` that are accepted; `Ed25519` (RFC 9864) is the fully specified name of what `EdDSA` means here. */
const ALGORITHMS: ReadonlyMap<unknown, Signer['algorithm']> = new Map([
  ['EdDSA', 'EdDSA'],
  ['Ed25519', 'EdDSA'],
  ['ES256', 'ES256'],
])

const HEADER_MEMBERS = 3

/** What every compact JWS has. Nobody has checked the signature. */
export interface JwsParts {
  readonly algorithm: Signer['algorithm']
  readonly payload: JsonObject
  /** The JSON text that says it: its UTF-8 bytes are what was signed. */
  readonly payloadText: string
  /** ASCII. */
  readonly signingInput: string
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** The whole token, as presented. */
  readonly token: string
}

/** A compact JWS in the form that Procura writes, read but not checked. */
export interface CompactJws extends JwsParts {
  /** The key that claims to have signed. */
  readonly kid: DidUrl
}

/**
 * Reads a compact JWS (RFC 7515 §7.1) strictly, docs/spec/04-securing.md: three canonical base64url segments, a
 * header with exactly `alg`, `kid` and `typ`, a payload that is one JSON object.
 *
 * Linear in the length of the token, keeps nothing, checks no signature.
 *
 * @param expectedTyp Compared exactly, so that one kind of artifact never passes for another.
 * @param maxBytes Longest token, in bytes.
 * @returns `limit_exceeded`; `unsupported` for another algorithm; else `malformed`.
 */
export function parseCompactJws(token: string, expectedTyp: string, maxBytes: number): Verdict<CompactJws> {
  return parseJws(token, maxBytes, (header) => parseClosedHeader(header, expectedTyp))
}

/**
 * Reads the segments of a compact JWS; which header is wanted is for `readHeader` to say. It is read first, so that its
 * refusals come before those of the payload.
 */
export function parseJws<H extends object>(
  token: string,
  maxBytes: number,
  readHeader: (header: JsonObject) => Verdict<H>,
): Verdict<H & Omit<JwsParts, 'algorithm'>> {
  if (token.length > maxBytes) return refuse('limit_exceeded', { dimension: 'token' })
  const headerEnd = token.indexOf('.')
  const payloadEnd = token.indexOf('.', headerEnd + 1)
  if (payloadEnd < 0) return malformed('token')
  const json = parseObject(decodeBase64urlText(token.slice(0, headerEnd)))
  const header = json === undefined ? malformed('header') : readHeader(json)
  if (!header.verified) return header
  const payloadText = decodeBase64urlText(token.slice(headerEnd + 1, payloadEnd))
  const payload = parseObject(payloadText)
  if (payloadText === undefined || payload === undefined) return malformed('payload')
  const signature = decodeBase64url(token.slice(payloadEnd + 1))
  if (signature?.length !== SIGNATURE_BYTES) return malformed('signature')
  const signingInput = token.slice(0, payloadEnd)
  return accept({ ...header.value, payload, payloadText, signingInput, signature, token })
}

function parseClosedHeader(
  header: JsonObject,
  expectedTyp: string,
): Verdict<Pick<CompactJws, 'algorithm' | 'kid'>> {
  const algorithm = parseAlgorithm(header, expectedTyp)
  if (!algorithm.verified) return algorithm
  const { kid } = header
  if (typeof kid !== 'string' || !isDidUrl(kid)) return malformed('kid')
  if (Object.keys(header).length !== HEADER_MEMBERS) return malformed('header')
  return accept({ algorithm: algorithm.value, kid })
}

/** What every header must say: the one type that is wanted, and an algorithm that is accepted. */
export function parseAlgorithm({ alg, typ }: JsonObject, expectedTyp: string): Verdict<Signer['algorithm']> {
  if (typ !== expectedTyp) return malformed('typ')
  const algorithm = ALGORITHMS.get(alg)
  return algorithm === undefined ? refuse('unsupported', { dimension: 'alg' }) : accept(algorithm)
}

/** Longest header that is looked at to choose a reader, in base64url; ours have about 300 characters. */
const MAX_CLAIMED_HEADER_CHARS = 4096

/** The `typ` that a token claims, to choose its reader by; `undefined` for a text without one. Believed by nobody. */
export function claimedTyp(token: string): Json | undefined {
  const [head = ''] = token.split('.', 1)
  if (head.length > MAX_CLAIMED_HEADER_CHARS) return undefined
  const header = parseObject(decodeBase64urlText(head))
  return header && member(header, 'typ')
}

function parseObject(text: string | undefined): JsonObject | undefined {
  const json = text === undefined ? undefined : parseStrictJson(text)
  return isJsonObject(json) ? json : undefined
}

function malformed(dimension: string): Refused {
  return refuse('malformed', { dimension })
}

const VERIFIED: Verdict<void> = accept(undefined)
const INVALID: Verdict<void> = refuse('signature_invalid')

/**
 * Checks the signature of a compact JWS. The caller chose `method` by `kid` and under the right relationship.
 *
 * @returns `signature_invalid`, also when the algorithm does not belong to the type of the key. A promise only
 *   where the platform verifies asynchronously; it never rejects.
 */
export function verifyCompactJws(
  jws: Pick<JwsParts, 'algorithm' | 'signature'> & { readonly signingInput: Uint8Array | string },
  method: Pick<VerificationMethod, 'key'>,
): MaybePromise<Verdict<void>> {
  if (keyTypeOf(jws.algorithm) !== method.key.type) return refuse('signature_invalid', { dimension: 'alg' })
  const valid = verifySignature(method.key, jws.signingInput, jws.signature)
  return typeof valid === 'boolean' ? verdictOf(valid) : valid.then(verdictOf)
}

function verdictOf(valid: boolean): Verdict<void> {
  return valid ? VERIFIED : INVALID
}
