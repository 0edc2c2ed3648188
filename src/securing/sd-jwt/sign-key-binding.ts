import { sha256Base64url } from '#crypto'
import { thumbprintOf } from '../../did/jwk.ts'
import { ProcuraError } from '../../errors.ts'
import type { Signer } from '../../model/signer.ts'
import { signCompactJws } from '../vc-jose/sign.ts'
import { holderKeyOf, KEY_BINDING_TYPE, type KeyBindingRequest } from './key-binding.ts'
import { readSdJwt } from './read-sd-jwt.ts'
import type { Disclosure } from './sd-jwt.ts'

export interface PresentSdJwtOptions {
  /** An SD-JWT as issued, or already narrowed: without a key binding. */
  readonly token: string
  /** Exact `typ` of the issuer's header. */
  readonly typ: string
  /** Tells for each disclosure whether the verifier may see it. Default: all. */
  readonly keep?: (disclosure: Disclosure) => boolean
  /** What the verifier asked for. */
  readonly request: KeyBindingRequest
  /** The holder's key, the one in `cnf`. */
  readonly signer: Signer
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Presents an SD-JWT with a key binding (RFC 9901 §7.2): the holder chooses what is seen and signs that it was shown to
 * this verifier for this request.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what cannot be presented: no SD-JWT of this type, one with a
 *   key binding, a choice that keeps what lies within something hidden, an empty nonce or audience;
 *   `ERR_PROCURA_INVALID_KEY` when the signer's key is not the one in `cnf`.
 */
export async function presentSdJwt(options: PresentSdJwtOptions): Promise<string> {
  const { token, typ, keep = () => true, request, signer, now } = options
  if (request.nonce === '' || request.audience === '') throw invalid('nonce and audience cannot be empty')
  const held = readSdJwt(token, typ)
  if (!held.verified || held.value.parts.keyBinding !== undefined)
    throw invalid('the token is no SD-JWT to present')
  const { jws, disclosures } = held.value.parts
  const presented = [jws, ...disclosures.filter(keep).map(({ text }) => text), ''].join('~')
  const shown = readSdJwt(presented, typ)
  if (!shown.verified) throw invalid('what is kept lies within something that is hidden')
  const key = holderKeyOf(shown.value.payload)
  if (key === undefined || thumbprintOf(key) !== thumbprintOf(signer.publicKey)) {
    throw new ProcuraError('ERR_PROCURA_INVALID_KEY', 'the SD-JWT is not bound to the key of the signer')
  }
  const payload = {
    iat: Math.floor(now / 1000),
    aud: request.audience,
    nonce: request.nonce,
    sd_hash: sha256Base64url(presented),
  }
  return presented + (await signCompactJws({ typ: KEY_BINDING_TYPE, payload, signer }))
}

function invalid(message: string): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', message)
}
