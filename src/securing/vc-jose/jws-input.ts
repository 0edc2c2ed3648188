import { encodeBase64url } from '../../core/base64url.ts'
import { encodeUtf8 } from '../../core/bytes.ts'
import { type JsonObject, parseStrictJson } from '../../core/json.ts'
import { ProcuraError } from '../../errors.ts'
import type { Signer } from '../../model/signer.ts'

/**
 * What is signed of a compact JWS (RFC 7515 §5.1), with exactly the header `alg`, `kid`, `typ` (docs/spec/04-securing.md).
 *
 * @param payload Written as `JSON.stringify` does: its member order is the order of the signed bytes.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a payload that strict JSON would not read back (an integer
 *   beyond 2^53, half a surrogate pair).
 */
export function jwsInput(
  typ: string,
  payload: JsonObject,
  { algorithm, keyId }: Pick<Signer, 'algorithm' | 'keyId'>,
): string {
  const text = JSON.stringify(payload)
  if (parseStrictJson(text) === undefined) {
    throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'the payload has a value that strict JSON refuses')
  }
  return `${encode(JSON.stringify({ alg: algorithm, kid: keyId, typ }))}.${encode(text)}`
}

function encode(text: string): string {
  return encodeBase64url(encodeUtf8(text))
}
