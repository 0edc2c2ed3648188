import { decodeBase64url, encodeBase64url } from '../../core/base64url.ts'
import type { PublicKey } from '../../core/crypto/port.ts'
import { encodePublicJwk } from '../../core/crypto/public-jwk.ts'
import { MAX_DATE_TIME_MS } from '../../core/date-time.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { parsePublicJwk } from '../../did/jwk.ts'
import { MAX_CHAIN_LINKS, MAX_CREDENTIAL_BYTES } from '../../model/credential.ts'
import { type Did, isDid } from '../../model/did.ts'
import { type MemberReader, readDocument } from '../../model/member-reader.ts'
import { isStatusListUrl } from '../../model/status-url.ts'
import { REFUSAL_CODES, type Refusal, type Verdict } from '../../refusal.ts'
import type { RecordedProof } from '../../securing/http-signature/recorded-proof.ts'
import { SIGNATURE_BYTES } from '../../securing/key-type.ts'
import { isSha256 } from '../../status/closed-object.ts'

/** The `typ` of a receipt; no other artifact has it, and a receipt has no other. */
export const RECEIPT_TYPE = 'procura-receipt+jwt'

/**
 * Longest receipt, in bytes: in base64url the longest chain and the longest presentation of it, with room for the escapes
 * of JSON texts, and 64 KiB of other members. One of three links has about 15 KiB.
 */
export const MAX_RECEIPT_BYTES: number = Math.floor(
  ((6 * MAX_CHAIN_LINKS * MAX_CREDENTIAL_BYTES + 64 * 1024) / 3) * 4,
)

/** What was presented: the record of a signed request, a token, or a document (docs/spec/06-presenting.md). */
export type Presented =
  | ({ readonly type: 'request' } & RecordedProof)
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'document'; readonly document: string }

/** A list that the decision rests on. Times are milliseconds since 1970. */
export interface ReceiptList {
  readonly url: string
  readonly version: number
  /** SHA-256 of the uncompressed bits, base64url. */
  readonly digest: string
  readonly asOf: number
}

/** The status that was held when it was decided. */
export interface ReceiptStatus {
  /** Absent when no head was held. `digest` is SHA-256 of the signed payload, base64url. */
  readonly head?: { readonly seq: number; readonly iatMs: number; readonly digest: string }
  readonly lists: readonly ReceiptList[]
}

/** What was asked of the verifier. */
export interface ReceiptAsk {
  readonly action: string
  readonly identifier?: string
  /** SHA-256 of the JCS of the arguments, base64url. Whoever can guess them can compare. */
  readonly argumentsDigest?: string
}

/** What a service provider states of one decision (docs/spec/07-verifying.md "The receipt"). */
export interface Receipt {
  /** DID of the service provider. */
  readonly issuer: Did
  /** Milliseconds since 1970. */
  readonly decidedAt: number
  /** External origin of the service, with a slash: `https://mail.example/`. */
  readonly audience: string
  /** Request target at which the action takes place. */
  readonly target: string
  readonly ask: ReceiptAsk
  /** Absent: it was accepted. */
  readonly refusal?: Refusal
  /** Texts of the links, root first. */
  readonly chain: readonly string[]
  /** As a reference to a chain has it: `:…:`. */
  readonly chainDigest: string
  readonly presented: Presented
  readonly status: ReceiptStatus
  readonly policyDigest: string
  /** Key that signed link 0, where the authority's DID is not the key itself. */
  readonly authorityKey?: PublicKey
}

/** Writes the claims of a receipt. */
export function receiptClaims(receipt: Receipt): JsonObject {
  const { issuer, decidedAt, audience, target, chain, chainDigest, policyDigest, authorityKey } = receipt
  return {
    iss: issuer,
    iatMs: decidedAt,
    aud: audience,
    target,
    ask: { ...receipt.ask },
    outcome: receipt.refusal === undefined ? { verified: true } : { verified: false, ...receipt.refusal },
    chain,
    chainDigest,
    presented: presentedClaims(receipt.presented),
    status: statusClaims(receipt.status),
    policyDigest,
    ...(authorityKey === undefined ? {} : { authorityKey: { ...encodePublicJwk(authorityKey) } }),
  }
}

function presentedClaims(presented: Presented): JsonObject {
  if (presented.type !== 'request') return { ...presented }
  return { ...presented, signature: encodeBase64url(presented.signature) }
}

function statusClaims({ head, lists }: ReceiptStatus): JsonObject {
  const written = lists.map(({ asOf, ...list }) => ({ ...list, asOfMs: asOf }))
  return { ...optional('head', head), lists: written }
}

/** Reads the claims of a receipt as closed JSON. @returns `malformed` or `limit_exceeded` with the member. */
export function parseReceipt(payload: JsonObject): Verdict<Receipt> {
  return readDocument(payload, (members) => ({
    issuer: members.parsed(
      'iss',
      (json) => (typeof json === 'string' && isDid(json) ? json : undefined),
      NOBODY,
    ),
    decidedAt: members.parsed('iatMs', parseTime, 0),
    audience: members.text('aud', (text) => /^https?:\/\/[^/\s]+\/$/.test(text)),
    target: members.text('target', (text) => text.startsWith('/')),
    ask: members.object('ask', readAsk),
    ...optional('refusal', members.object('outcome', readOutcome)),
    chain: members.list('chain', { max: MAX_CHAIN_LINKS }, (json) =>
      typeof json === 'string' ? json : undefined,
    ),
    chainDigest: members.text('chainDigest', (text) => /^:[A-Za-z0-9+/]{43}=:$/.test(text)),
    presented: members.object('presented', readPresented),
    status: members.object('status', readStatus),
    policyDigest: members.text('policyDigest', isSha256),
    ...optional(
      'authorityKey',
      members.has('authorityKey') ? members.parsed('authorityKey', parseKey, undefined) : undefined,
    ),
  }))
}

const NOBODY: Did = 'did:key:'

function readAsk(members: MemberReader): ReceiptAsk {
  return {
    action: members.text('action', (text) => text !== ''),
    ...optional(
      'identifier',
      members.optionalText('identifier', () => true),
    ),
    ...optional('argumentsDigest', members.optionalText('argumentsDigest', isSha256)),
  }
}

/** @returns The refusal; nothing when it was accepted. */
function readOutcome(members: MemberReader): Refusal | undefined {
  const verified = members.flag('verified')
  if (!members.has('verified')) members.fail('verified')
  if (verified) return undefined
  return {
    code: members.choice('code', REFUSAL_CODES),
    ...optional('link', members.has('link') ? members.count('link') : undefined),
    ...optional(
      'dimension',
      members.optionalText('dimension', (text) => /^[@\w.-]{1,100}$/.test(text)),
    ),
    ...optional('inherited', members.has('inherited') ? members.flag('inherited') : undefined),
  }
}

function readPresented(members: MemberReader): Presented {
  const type = members.choice('type', ['request', 'token', 'document'])
  if (type === 'token') return { type, token: members.text('token', () => true) }
  if (type === 'document') return { type, document: members.text('document', () => true) }
  return {
    type,
    signatureBase: members.text('signatureBase', () => true),
    signature: members.parsed('signature', parseSignature, new Uint8Array()),
  }
}

function readStatus(members: MemberReader): ReceiptStatus {
  const head = members.optionalObject('head', (at) => ({
    seq: at.parsed('seq', parseNatural, 0),
    iatMs: at.parsed('iatMs', parseTime, 0),
    digest: at.text('digest', isSha256),
  }))
  const lists = members.objects('lists', { min: 0, max: 2 * MAX_CHAIN_LINKS }, (at) => ({
    url: at.text('url', isStatusListUrl),
    version: at.parsed('version', parseNatural, 0),
    digest: at.text('digest', isSha256),
    asOf: at.parsed('asOfMs', parseTime, 0),
  }))
  return { lists, ...optional('head', head) }
}

function parseNatural(json: Json, max = Number.MAX_SAFE_INTEGER): number | undefined {
  return typeof json === 'number' && Number.isInteger(json) && json >= 0 && json <= max ? json : undefined
}

/** A time that can be written as a date: whoever shows a receipt does. */
function parseTime(json: Json): number | undefined {
  return parseNatural(json, MAX_DATE_TIME_MS)
}

function parseSignature(json: Json): Uint8Array | undefined {
  const bytes = typeof json === 'string' ? decodeBase64url(json) : undefined
  return bytes?.length === SIGNATURE_BYTES ? bytes : undefined
}

/** Exactly the members of a key, so that one key has one form. */
function parseKey(json: Json): PublicKey | undefined {
  const key = isJsonObject(json) ? parsePublicJwk(json) : undefined
  if (key?.verified !== true || !isJsonObject(json)) return undefined
  return Object.keys(json).length === Object.keys(encodePublicJwk(key.value)).length ? key.value : undefined
}

/** The member where there is a value, and no member where there is none. */
export function optional<N extends string, T>(name: N, value: T | undefined): { readonly [K in N]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [K in N]?: T })
}
