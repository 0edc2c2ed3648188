import { type JsonObject, parseStrictJson } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import { credentialToJson } from '../model/build-credential.ts'
import { type ChainCredential, MAX_CREDENTIAL_BYTES } from '../model/credential.ts'
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

/**
 * Builds link 0, or link 1 when there is an agent, from its rows and checks it (docs/spec/09-api.md): read back by
 * the verifier's strict parser it is the same credential, it lives no longer than allowed, and it is small enough.
 *
 * @returns `malformed`, `limit_exceeded` or `unsupported` with the member at fault.
 */
export function lint(rows: OwnerRows | AgentRows): Verdict<Linted> {
  const built = 'agent' in rows ? buildDelegation(rows) : buildOwnerCredential(rows)
  if (!built.verified) return built
  const json = credentialToJson(built.value)
  const checked = readBack(json)
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

function readBack(json: JsonObject): Verdict<ChainCredential> {
  const text = JSON.stringify(json)
  if ((text.length * 4) / 3 > MAX_CREDENTIAL_BYTES - JWS_OVERHEAD_BYTES) {
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
