import { member } from '../../core/json.ts'
import { findVerificationMethod } from '../../did/did-document.ts'
import type { DidResolver } from '../../did/resolve-did.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import type { Tenant } from '../../issuer/records.ts'
import type { Did } from '../../model/did.ts'
import { encodeVerifierKey, type NoteKey, parseVerifierKey } from '../../securing/signed-note/note.ts'
import { parseCompactJws, verifyCompactJws } from '../../securing/vc-jose/compact-jws.ts'
import { signCompactJws } from '../../securing/vc-jose/sign.ts'
import { openCheckpoint, parseCheckpoint } from './checkpoint.ts'

/** `typ` of a statement: no other artifact is one. */
const STATEMENT_TYP = 'procura-audit-key+jwt'

/** Longest statement that is read, in characters: two names, two keys, a signature. */
const MAX_STATEMENT_CHARS = 4_096

/**
 * Lets the authority say that the key of a checkpoint is the one that signs its tenant's trail (docs/audit.md "Whose key it is"):
 * a JWS with `iss`, the authority, and `key`, name and key as `encodeVerifierKey` writes them.
 *
 * @returns `undefined` for a checkpoint of a key that was revoked: nobody vouches for that one any more.
 * @throws as the key ring, when the authority's key cannot be used.
 */
export async function stateAuditKey(
  { keys }: Pick<Issuer, 'keys'>,
  { id, authority }: Tenant,
  note: string,
): Promise<string | undefined> {
  const name = parseCheckpoint(note)?.origin ?? ''
  for (const { publicKey } of await keys.list(id, 'audit')) {
    if (publicKey === undefined || !(await openCheckpoint(note, { name, key: publicKey }))) continue
    const payload = { iss: authority, key: encodeVerifierKey({ name, key: publicKey }) }
    return await signCompactJws({ typ: STATEMENT_TYP, payload, signer: await keys.authority(id) })
  }
  return undefined
}

/**
 * Reads such a statement. Never throws.
 *
 * @param authority Whose it must be: signed by a key under its `assertionMethod`, as the resolver has it.
 * @returns For which key and trail it vouches; `undefined` when it is none, or another's.
 */
export async function openAuditKeyStatement(
  statement: string,
  authority: Did,
  resolver: DidResolver,
): Promise<NoteKey | undefined> {
  const jws = parseCompactJws(statement, STATEMENT_TYP, MAX_STATEMENT_CHARS)
  const document = await resolver.resolve(authority)
  if (!jws.verified || !document.verified) return undefined
  const method = findVerificationMethod(document.value, jws.value.kid, 'assertionMethod')
  if (!method.verified || !(await verifyCompactJws(jws.value, method.value)).verified) return undefined
  const { payload } = jws.value
  const key = member(payload, 'key')
  const isClosed = Object.keys(payload).length === 2 && member(payload, 'iss') === authority
  return isClosed && typeof key === 'string' ? parseVerifierKey(key) : undefined
}
