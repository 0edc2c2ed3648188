import type { Random } from '../core/clock.ts'
import type { JsonObject } from '../core/json.ts'
import type { Mechanism } from '../model/chain.ts'
import type { Signer } from '../model/signer.ts'
import { VC_JWT_TYPE } from './vc-jose/parse-vc-jwt.ts'
import { signCompactJws } from './vc-jose/sign.ts'

/** What is secured, and how. */
export interface SignCredentialOptions {
  /** The credential, without `proof`. */
  readonly credential: JsonObject
  readonly mechanism: Mechanism
  readonly signer: Signer
  /** Salts of an SD-JWT. */
  readonly random: Random
}

/**
 * Secures a credential of a chain in the mechanism asked for (docs/spec/04-securing.md); only that one is loaded.
 * The signature is verified before the text is returned; whether a verifier would read it, the caller tries.
 *
 * @returns The text of the link: a compact token, or JSON.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a suite that the key cannot sign; `ERR_PROCURA_INVALID_KEY`
 *   when the signature does not verify under the signer's own key.
 */
export async function signCredential(options: SignCredentialOptions): Promise<string> {
  const { credential, mechanism, signer, random } = options
  switch (mechanism) {
    case 'vc+jwt':
      return signCompactJws({ typ: VC_JWT_TYPE, payload: credential, signer })
    case 'vc+sd-jwt': {
      const { signVcSdJwt } = await import('./sd-jwt/sign.ts')
      return signVcSdJwt({ payload: credential, signer, random })
    }
    default: {
      const { signDataIntegrity } = await import('./data-integrity/sign.ts')
      return JSON.stringify(await signDataIntegrity({ document: credential, cryptosuite: mechanism, signer }))
    }
  }
}
