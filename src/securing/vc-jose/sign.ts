import { encodeBase64url } from '../../core/base64url.ts'
import { encodeUtf8 } from '../../core/bytes.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Signer } from '../../model/signer.ts'
import { signBytes } from '../sign-bytes.ts'
import { jwsInput } from './jws-input.ts'

/**
 * Signs a payload as a compact JWS with exactly the header `alg`, `kid`, `typ` (docs/spec/04-securing.md).
 *
 * The signature is verified before the token is returned, so that a faulty key or device never releases one.
 *
 * @param options.payload Written as `JSON.stringify` does: its member order is the order of the signed bytes.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a payload that strict JSON would not read back (an integer
 *   beyond 2^53, half a surrogate pair); `ERR_PROCURA_INVALID_KEY` when the signature does not verify under the signer's own key.
 */
export async function signCompactJws(options: {
  readonly typ: string
  readonly payload: JsonObject
  readonly signer: Signer
}): Promise<string> {
  const { typ, payload, signer } = options
  const input = jwsInput(typ, payload, signer)
  return `${input}.${encodeBase64url(await signBytes(signer, encodeUtf8(input)))}`
}
