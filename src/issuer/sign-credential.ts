import type { JsonObject } from '../core/json.ts'
import { parseLink } from '../delegation/parse-link.ts'
import { ProcuraError } from '../errors.ts'
import { credentialToJson } from '../model/build-credential.ts'
import type { Mechanism } from '../model/chain.ts'
import { MAX_CREDENTIAL_BYTES } from '../model/credential.ts'
import { mechanismFor } from '../model/mechanism.ts'
import type { Signer } from '../model/signer.ts'
import { signCredential as secure } from '../securing/sign-credential.ts'
import { parseCompactJws } from '../securing/vc-jose/compact-jws.ts'
import { VC_JWT_TYPE } from '../securing/vc-jose/parse-vc-jwt.ts'
import type { SignedCredential } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { type Linted, redeem } from './lint.ts'

export interface SigningOptions extends Pick<Issuer, 'random'> {
  readonly signer: Signer
  /** Of a cryptosuite, the canonicalization counts (`mechanismFor`). */
  readonly wanted: Mechanism
}

/**
 * Signs what was linted. The signature is verified before the text is returned, and the text is read back as a verifier
 * reads it: it must say what was linted, no more and no less.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` when the key does not sign, or is not the issuer's.
 */
export async function signCredential(
  linted: Linted,
  { signer, wanted, random }: SigningOptions,
): Promise<Pick<SignedCredential, 'mechanism' | 'text' | 'keyId'>> {
  const json = redeem(linted)
  const mechanism = mechanismFor(wanted, signer.algorithm)
  const text = await secure({ credential: json, mechanism, signer, random })
  const says = mechanism === VC_JWT_TYPE ? jwtSays(text, json) : await linkSays(text, { mechanism, json })
  if (says) return { mechanism, text, keyId: signer.keyId }
  throw new ProcuraError('ERR_PROCURA_INVALID_KEY', 'the signing key is not that of the issuer')
}

/** The payload is the very text that linting has read as a verifier does: it need not be read again. */
function jwtSays(text: string, json: JsonObject): boolean {
  const jws = parseCompactJws(text, VC_JWT_TYPE, MAX_CREDENTIAL_BYTES)
  if (!jws.verified || !jws.value.kid.startsWith(`${json.issuer}#`)) return false
  return jws.value.payloadText === JSON.stringify(json)
}

async function linkSays(
  text: string,
  { mechanism, json }: { readonly mechanism: Mechanism; readonly json: JsonObject },
): Promise<boolean> {
  const link = await parseLink(text)
  if (!link.verified || link.value.mechanism !== mechanism) return false
  return JSON.stringify(credentialToJson(link.value.credential)) === JSON.stringify(json)
}
