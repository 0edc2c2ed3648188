import type { PublicKey } from '../../core/crypto/port.ts'
import type { JsonObject } from '../../core/json.ts'
import { findVerificationMethod } from '../../did/did-document.ts'
import type { DidResolver } from '../../did/resolve-did.ts'
import { ProcuraError } from '../../errors.ts'
import { isDidUrl } from '../../model/did.ts'
import { accept, type Refused, refuse, type Verdict } from '../../refusal.ts'
import { speakerIn } from '../speaker.ts'
import { verifyCompactJws } from '../vc-jose/compact-jws.ts'
import { checkTimes, checkUnwrapped } from '../vc-jose/jwt-claims.ts'
import { type KeyBindingRequest, verifyKeyBinding } from './key-binding.ts'
import { type ReadSdJwt, readSdJwt } from './read-sd-jwt.ts'
import { VALIDITY_CLAIMS } from './validity-claims.ts'

/** Where the issuer's key comes from: never from the SD-JWT itself. */
export type IssuerKey =
  | { readonly key: PublicKey }
  | {
      readonly resolver: DidResolver
      /** What the key is for: `assertionMethod` for credentials, `authentication` for presentations. */
      readonly proofPurpose: 'assertionMethod' | 'authentication'
    }

export interface VerifySdJwtOptions {
  /** Exact `typ` of the issuer's header: `vc+sd-jwt`, `vp+sd-jwt`, `dc+sd-jwt` … */
  readonly typ: string
  readonly issuer: IssuerKey
  /** Milliseconds since 1970. */
  readonly now: number
  /**
   * What the holder was asked to prove; required before anything is believed about who presents. Absent: the presenter
   * may be anybody, and a key binding is not looked at.
   */
  readonly keyBinding?: KeyBindingRequest
}

/** An SD-JWT whose signature, disclosures, times and, if asked for, key binding are good. */
export interface VerifiedSdJwt {
  /** The issuer's payload with what is disclosed, without digests (RFC 9901 §7.1). */
  readonly payload: JsonObject
  /** The key that signed. */
  readonly issuerKey: PublicKey
  /** The holder's, where a key binding was asked for. */
  readonly holderKey?: PublicKey
}

/**
 * Verifies an SD-JWT of any content in the compact form (RFC 9901 §7.1 and §7.3, VC-JOSE-COSE §3.2): an issuer's
 * `EdDSA` or `ES256` signature, every disclosure asked for exactly once, `exp`, `nbf` and `iat`, and the key binding.
 *
 * What the payload says is for the caller to judge: trust in the issuer, `validFrom`, `validUntil`, status. Members that
 * decide on validity are there whenever the issuer wrote them, because hiding them is refused. Never rejects for a bad
 * token; waits for the resolver and the platform's cryptography only.
 *
 * @returns What {@link readSdJwt}, the resolver and {@link verifyKeyBinding} refuse; `key_not_authorized` when `kid` is
 * not the issuer's, `signature_invalid`, `expired`, `not_yet_valid`.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for an empty nonce or audience.
 */
export async function verifySdJwt(
  token: string,
  { typ, issuer, now, keyBinding }: VerifySdJwtOptions,
): Promise<Verdict<VerifiedSdJwt>> {
  if (keyBinding?.nonce === '' || keyBinding?.audience === '') {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'nonce and audience of a key binding cannot be empty',
    )
  }
  const read = readSdJwt(token, typ)
  if (!read.verified) return read
  const refused = checkPayload(read.value, typ) ?? checkTimes(read.value.payload, now)
  if (refused !== undefined) return refused
  const issuerKey = 'key' in issuer ? accept(issuer.key) : await findIssuerKey(read.value, issuer)
  if (!issuerKey.verified) return issuerKey
  const signed = await verifyCompactJws(read.value.jws, { key: issuerKey.value })
  if (!signed.verified) return signed
  const { parts, payload } = read.value
  if (keyBinding === undefined) return accept({ payload, issuerKey: issuerKey.value })
  const holderKey = await verifyKeyBinding(parts, payload, keyBinding, now)
  if (!holderKey.verified) return holderKey
  return accept({ payload, issuerKey: issuerKey.value, holderKey: holderKey.value })
}

/** Types whose payload is the document itself. */
const DOCUMENT_TYPES = ['vc+sd-jwt', 'vp+sd-jwt']

function checkPayload({ jws, payload }: ReadSdJwt, typ: string): Refused | undefined {
  const disclosed = VALIDITY_CLAIMS.find(
    (name) => Object.hasOwn(payload, name) && !Object.hasOwn(jws.payload, name),
  )
  if (disclosed !== undefined) return refuse('malformed', { dimension: disclosed })
  return DOCUMENT_TYPES.includes(typ) ? checkUnwrapped(payload) : undefined
}

async function findIssuerKey(
  { jws, payload }: ReadSdJwt,
  { resolver, proofPurpose }: Extract<IssuerKey, { readonly resolver: DidResolver }>,
): Promise<Verdict<PublicKey>> {
  const { kid } = jws.header
  if (typeof kid !== 'string' || !isDidUrl(kid)) return refuse('malformed', { dimension: 'kid' })
  const [did = ''] = kid.split('#', 1)
  if (!isSpokenBy(did, payload, proofPurpose)) return refuse('key_not_authorized', { dimension: 'kid' })
  const document = await resolver.resolve(did)
  if (!document.verified) return document
  const method = findVerificationMethod(document.value, kid, proofPurpose)
  return method.verified ? accept(method.value.key) : method
}

/** Whoever speaks in a payload must be who signed it. A credential names its issuer; a presentation need not name anyone. */
function isSpokenBy(did: string, payload: JsonObject, proofPurpose: string): boolean {
  const named = ['iss', 'issuer', 'holder'].filter((name) => Object.hasOwn(payload, name))
  const isNamed = proofPurpose === 'authentication' || named.some((name) => name !== 'holder')
  return isNamed && named.every((name) => speakerIn(payload, name) === did)
}
