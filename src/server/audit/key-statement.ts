import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { type JsonObject, member } from '../../core/json.ts'
import { findVerificationMethod } from '../../did/did-document.ts'
import type { DidResolver } from '../../did/resolve-did.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import type { Tenant } from '../../issuer/records.ts'
import type { Did } from '../../model/did.ts'
import { encodeVerifierKey, type NoteKey, parseVerifierKey } from '../../securing/signed-note/note.ts'
import { parseCompactJws, verifyCompactJws } from '../../securing/vc-jose/compact-jws.ts'
import { signCompactJws } from '../../securing/vc-jose/sign.ts'
import { isClosed, naturalMember, stringMember } from '../../status/closed-object.ts'
import { openCheckpoint, parseCheckpoint } from './checkpoint.ts'

const MEMBERS = ['iss', 'iat', 'key']

/** `typ` of a statement: no other artifact is one. */
const STATEMENT_TYP = 'procura-audit-key+jwt'

/** Longest statement that is read, in characters: two names, two keys, a time, a signature. */
const MAX_STATEMENT_CHARS = 4_096

/**
 * Lets the authority say that the key of a checkpoint is the one that signs its tenant's trail (docs/audit.md "Whose key it is"):
 * a JWS with `iss`, the authority, `iat`, when it says so, and `key`, name and key as `encodeVerifierKey` writes them.
 *
 * @returns `undefined` for a checkpoint of a key that was revoked: nobody vouches for that one any more.
 * @throws as the key ring, when the authority's key cannot be used.
 */
export async function stateAuditKey(
  { keys, clock }: Pick<Issuer, 'keys' | 'clock'>,
  { id, authority }: Tenant,
  note: string,
): Promise<string | undefined> {
  const name = parseCheckpoint(note)?.origin ?? ''
  for (const { publicKey } of await keys.list(id, 'audit')) {
    if (publicKey === undefined || !(await openCheckpoint(note, { name, key: publicKey }))) continue
    const iat = Math.floor(clock() / 1000)
    const payload = { iss: authority, iat, key: encodeVerifierKey({ name, key: publicKey }) }
    return await signCompactJws({ typ: STATEMENT_TYP, payload, signer: await keys.authority(id) })
  }
  return undefined
}

/** For which key of which trail an authority vouches, and when it said so, in milliseconds since 1970. */
export interface AuditKeyStatement {
  readonly key: NoteKey
  readonly statedAt: number
}

/** Whose statement it must be: signed by a key under the `assertionMethod` of the authority, as the resolver has it. */
export interface StatementTrust {
  readonly authority: Did
  readonly resolver: DidResolver
  /** Nothing is said in time to come, but for the skew of clocks. */
  readonly now: number
}

/** Reads such a statement. Never throws. @returns `undefined` when it is none, another's, or of a time to come. */
export async function openAuditKeyStatement(
  statement: string,
  { authority, resolver, now }: StatementTrust,
): Promise<AuditKeyStatement | undefined> {
  const jws = parseCompactJws(statement, STATEMENT_TYP, MAX_STATEMENT_CHARS)
  const document = await resolver.resolve(authority)
  if (!jws.verified || !document.verified) return undefined
  const method = findVerificationMethod(document.value, jws.value.kid, 'assertionMethod')
  if (!method.verified || !(await verifyCompactJws(jws.value, method.value)).verified) return undefined
  const stated = readStatement(jws.value.payload, authority)
  return stated !== undefined && stated.statedAt <= now + CLOCK_SKEW_MS ? stated : undefined
}

function readStatement(payload: JsonObject, authority: Did): AuditKeyStatement | undefined {
  if (!isClosed(payload, MEMBERS) || member(payload, 'iss') !== authority) return undefined
  const iat = naturalMember(payload, 'iat')
  const key = parseVerifierKey(stringMember(payload, 'key') ?? '')
  return iat === undefined || key === undefined ? undefined : { key, statedAt: iat * 1000 }
}
