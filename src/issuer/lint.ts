import { encodeUtf8 } from '../core/bytes.ts'
import { isJsonArray, isJsonObject, type JsonObject, member, parseStrictJson } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import { credentialToJson } from '../model/build-credential.ts'
import type { Mechanism } from '../model/chain.ts'
import { type ChainCredential, MAX_CREDENTIAL_BYTES } from '../model/credential.ts'
import { isCryptosuite } from '../model/mechanism.ts'
import { parseCredential } from '../model/parse-credential.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { type AgentRows, buildDelegation, buildOwnerCredential, type OwnerRows } from './build-from-rows.ts'
import { MAX_DELEGATION_SECONDS, OWNER_CREDENTIAL_MS } from './lifetimes.ts'

declare const linted: unique symbol

/**
 * A credential that was built from rows and that a verifier would read as it was meant. Only {@link lint} makes
 * one, only {@link redeem} opens it, and only once: what was not linted cannot be signed, and what was linted is
 * signed at most once.
 */
export interface Linted {
  readonly [linted]: true
}

const pending = new WeakMap<Linted, JsonObject>()

/** Room for the JWS header, the signature and two dots, in bytes; a `did:jwk` of P-256 makes the longest `kid`. */
const JWS_OVERHEAD_BYTES = 1024

/** Room for a Data Integrity proof, in bytes; a verification method of P-256 as `did:jwk` is the longest part. */
const PROOF_OVERHEAD_BYTES = 1024

/** Room for what makes one entry disclosable (RFC 9901 §4.2): salt, digest and their encoding, in bytes. */
const DISCLOSURE_OVERHEAD_BYTES = 160

/**
 * Builds link 0, or link 1 when there is an agent, from its rows and checks it (docs/spec/09-api.md): read back by
 * the verifier's strict parser it is the same credential, it lives no longer than allowed, and it is small enough to
 * be secured by `mechanism`.
 *
 * @returns `malformed`, `limit_exceeded` or `unsupported` with the member at fault.
 */
export function lint(rows: OwnerRows | AgentRows, mechanism: Mechanism): Verdict<Linted> {
  const built = 'agent' in rows ? buildDelegation(rows) : buildOwnerCredential(rows)
  if (!built.verified) return built
  const json = credentialToJson(built.value)
  const checked = readBack(json, mechanism)
  if (!checked.verified) return checked
  if (livesTooLong(checked.value)) return refuse('limit_exceeded', { dimension: 'validUntil' })
  const token: Linted = Object.freeze(Object.create(null))
  pending.set(token, json)
  return accept(token)
}

/**
 * Hands out what was linted.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` the second time, and for anything that `lint` did not make.
 */
export function redeem(token: Linted): JsonObject {
  const json = pending.get(token)
  if (json === undefined) {
    throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'only what lint returned can be signed, and once')
  }
  pending.delete(token)
  return json
}

function readBack(json: JsonObject, mechanism: Mechanism): Verdict<ChainCredential> {
  const text = JSON.stringify(json)
  if (securedBytes(json, encodeUtf8(text).length, mechanism) > MAX_CREDENTIAL_BYTES) {
    return refuse('limit_exceeded', { dimension: 'authorizationDetails' })
  }
  const parsed = parseCredential(parseStrictJson(text) ?? null)
  if (!parsed.verified) return parsed
  // Both were written by the same function, members in the same order.
  return JSON.stringify(credentialToJson(parsed.value)) === text ? parsed : refuse('malformed')
}

function livesTooLong({ type, validFrom, validUntil }: ChainCredential): boolean {
  const most = type === 'OwnerCredential' ? OWNER_CREDENTIAL_MS : MAX_DELEGATION_SECONDS * 1000
  return validUntil - validFrom > most
}

/** At most how long the secured text will be. */
function securedBytes(json: JsonObject, bytes: number, mechanism: Mechanism): number {
  if (isCryptosuite(mechanism)) return bytes + PROOF_OVERHEAD_BYTES
  const jws = (bytes * 4) / 3 + JWS_OVERHEAD_BYTES
  return mechanism === 'vc+sd-jwt' ? jws + countEntries(json) * DISCLOSURE_OVERHEAD_BYTES : jws
}

function countEntries(json: JsonObject): number {
  const subject = member(json, 'credentialSubject')
  const entries = isJsonObject(subject) ? member(subject, 'authorizationDetails') : undefined
  return isJsonArray(entries) ? entries.length : 0
}
