import { encodeBase64url } from '../../core/base64url.ts'
import type { Random } from '../../core/clock.ts'
import type { JsonObject } from '../../core/json.ts'
import { ProcuraError } from '../../errors.ts'
import type { Signer } from '../../model/signer.ts'
import { MIN_NONCE_BYTES } from '../http-signature/profile.ts'
import { MAX_PRESENTATION_SECONDS, VP_JWT_TYPE } from './presentation.ts'
import { presentationOf } from './presented-credential.ts'
import { digestRequest, type ProtocolRequest } from './protocol-request.ts'
import { signCompactJws } from './sign.ts'

export interface SignVpJwtOptions {
  /** Root first: compact tokens, or JSON texts of credentials with Data Integrity proofs. */
  readonly texts: readonly string[]
  /** Whom the token is for: compared exactly. */
  readonly audience: string
  /** Key of the last link's subject. */
  readonly signer: Signer
  /** Milliseconds since 1970. */
  readonly now: number
  /** Whole seconds, 1 to 300. */
  readonly lifetimeSeconds: number
  /** The one request that the token is good for. Absent: any, until it ends. */
  readonly request?: ProtocolRequest
  readonly random: Random
}

/**
 * Signs a presentation of a chain as one token, `vp+jwt` (docs/spec/06-presenting.md §2). The signature is verified
 * before it is returned.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a lifetime out of range, a text that is no link, or a request
 *   that JSON cannot express; `ERR_PROCURA_INVALID_KEY` when the signer's signature does not verify.
 */
export function signVpJwt(options: SignVpJwtOptions): Promise<string> {
  const { texts, audience, signer, now, lifetimeSeconds, request, random } = options
  if (!Number.isInteger(lifetimeSeconds) || lifetimeSeconds < 1 || lifetimeSeconds > MAX_PRESENTATION_SECONDS)
    throw invalidArgument(`a token lives for a whole number of seconds from 1 to ${MAX_PRESENTATION_SECONDS}`)
  const iat = Math.floor(now / 1000)
  const [iss = ''] = signer.keyId.split('#', 1)
  const payload: JsonObject = {
    ...presentationOf(texts),
    iss,
    aud: audience,
    iat,
    exp: iat + lifetimeSeconds,
    ...(request === undefined ? {} : bindingTo(request, random)),
  }
  return signCompactJws({ typ: VP_JWT_TYPE, payload, signer })
}

function bindingTo(request: ProtocolRequest, random: Random): JsonObject {
  return { jti: encodeBase64url(random(MIN_NONCE_BYTES)), requestDigest: digestRequest(request) }
}

function invalidArgument(message: string): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', message)
}
