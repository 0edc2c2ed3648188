import { encodeBase64url } from '../core/base64url.ts'
import { encodeUtf8 } from '../core/bytes.ts'
import type { JsonObject } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import { type Did, parseDidUrl } from '../model/did.ts'
import type { Signer } from '../model/signer.ts'
import { verifyCompactJws } from '../securing/vc-jose/compact-jws.ts'
import { jwsInput } from '../securing/vc-jose/jws-input.ts'

/**
 * Has the caller's signer sign what a verifier states; nothing here holds a key. What it signed is verified before it is
 * released.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` when the signature does not verify under the signer's public key.
 */
export async function signedJws(typ: string, payload: JsonObject, signer: Signer): Promise<string> {
  const signingInput = jwsInput(typ, payload, signer)
  const signature = await signer.sign(encodeUtf8(signingInput))
  const { algorithm, publicKey: key } = signer
  const signed = await verifyCompactJws({ algorithm, signature, signingInput }, { key })
  if (signed.verified) return `${signingInput}.${encodeBase64url(signature)}`
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_KEY',
    'the signature does not verify under the public key of its signer; it was not released',
  )
}

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a signer whose key has no DID. */
export function didOf({ keyId }: Signer): Did {
  const did = parseDidUrl(keyId)?.did
  if (did !== undefined) return did
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    'the keyId of the signer must be a DID URL of the service provider',
  )
}
