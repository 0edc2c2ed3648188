import type { PublicKey } from '../core/crypto/port.ts'
import { parseDateTime } from '../core/date-time.ts'
import { isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import { type Did, type DidUrl, isDid, parseDidUrl } from '../model/did.ts'
import { refuse, type Verdict } from '../refusal.ts'
import type { VerificationMethod } from './did-document.ts'
import { isSigningJwk, parsePublicJwk, thumbprintOf } from './jwk.ts'
import { decodeMultikey } from './multikey.ts'

/** A verification method that was read; without `usable`, its key cannot be verified with. */
export interface NamedMethod {
  readonly id: DidUrl
  readonly usable?: VerificationMethod
}

/**
 * Reads one verification method (Controlled Identifiers 1.0 §2.2): `JsonWebKey`, `Multikey` and the older
 * `JsonWebKey2020` and `Ed25519VerificationKey2020`; a method of another type is named without a key.
 *
 * @param did The DID of the document, for a relative id.
 * @param now Milliseconds since 1970, for `expires` and `revoked`.
 * @returns `undefined` when the method is ill-formed or carries a private key.
 */
export function parseVerificationMethod(entry: Json, did: Did, now: number): NamedMethod | undefined {
  if (!isJsonObject(entry) || Object.keys(entry).some(isPrivateMember)) return undefined
  const id = absoluteDidUrl(member(entry, 'id'), did)
  const controller = member(entry, 'controller')
  const ended = readEnded(entry, now)
  if (id === undefined || typeof controller !== 'string' || !isDid(controller) || ended === undefined) {
    return undefined
  }
  const key = readKey(entry)
  if (!key.verified) return key.refusal.code === 'unsupported' ? { id } : undefined
  if (ended) return { id }
  return { id, usable: { id, controller, key: key.value, thumbprint: thumbprintOf(key.value) } }
}

/** A DID URL, or a fragment (`#key-1`), which is made one under `did`. */
export function absoluteDidUrl(value: Json | undefined, did: Did): DidUrl | undefined {
  if (typeof value !== 'string') return undefined
  const url = parseDidUrl(value.startsWith('#') ? `${did}${value}` : value)
  return url === undefined ? undefined : `${url.did}#${url.fragment}`
}

function isPrivateMember(name: string): boolean {
  return name.startsWith('privateKey') || name.startsWith('secretKey')
}

/** Whether the method is past its `expires` or `revoked`; `undefined` when one of them is not a date. */
function readEnded(entry: JsonObject, now: number): boolean | undefined {
  const ends = ['expires', 'revoked'].flatMap((name) =>
    Object.hasOwn(entry, name) ? [member(entry, name)] : [],
  )
  const times = ends.map((end) => (typeof end === 'string' ? parseDateTime(end) : undefined))
  if (times.includes(undefined)) return undefined
  return times.some((time) => time !== undefined && time <= now)
}

/** `unsupported` for a type that cannot be verified with, `malformed` for an ill-formed key. */
function readKey(entry: JsonObject): Verdict<PublicKey> {
  switch (member(entry, 'type')) {
    case 'JsonWebKey':
    case 'JsonWebKey2020':
      return readJwkMember(member(entry, 'publicKeyJwk'))
    case 'Multikey':
    case 'Ed25519VerificationKey2020':
      return readMultikeyMember(member(entry, 'publicKeyMultibase'))
    default:
      return refuse('unsupported')
  }
}

function readJwkMember(jwk: Json | undefined): Verdict<PublicKey> {
  if (!isJsonObject(jwk)) return refuse('malformed')
  const key = parsePublicJwk(jwk)
  return key.verified && !isSigningJwk(jwk) ? refuse('unsupported') : key
}

function readMultikeyMember(multikey: Json | undefined): Verdict<PublicKey> {
  return typeof multikey === 'string' ? decodeMultikey(multikey) : refuse('malformed')
}
