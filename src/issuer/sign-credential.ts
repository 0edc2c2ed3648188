import { ProcuraError } from '../errors.ts'
import type { Signer } from '../model/signer.ts'
import { parseVcJwt, VC_JWT_TYPE } from '../securing/vc-jose/parse-vc-jwt.ts'
import { signCompactJws } from '../securing/vc-jose/sign.ts'
import { type Linted, redeem } from './lint.ts'

/**
 * Signs what was linted, as `vc+jwt`. The signature is verified before the token is returned, and the token is read
 * back as a verifier reads it.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` when the key does not sign, or is not the issuer's.
 */
export async function signCredential(linted: Linted, signer: Signer): Promise<string> {
  const jwt = await signCompactJws({ typ: VC_JWT_TYPE, payload: redeem(linted), signer })
  if (!parseVcJwt(jwt).verified) {
    throw new ProcuraError('ERR_PROCURA_INVALID_KEY', 'the signing key is not that of the issuer')
  }
  return jwt
}
