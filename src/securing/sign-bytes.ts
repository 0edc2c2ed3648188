import { verifySignature } from '#crypto'
import { ProcuraError } from '../errors.ts'
import type { Signer } from '../model/signer.ts'
import { keyTypeOf } from './key-type.ts'

/**
 * Signs and verifies what was signed before it is released.
 *
 * @returns 64 bytes.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` when the signature does not verify under the signer's own key.
 */
export async function signBytes(signer: Signer, bytes: Uint8Array): Promise<Uint8Array> {
  const signature = await signer.sign(bytes)
  const matches = keyTypeOf(signer.algorithm) === signer.publicKey.type
  if (!matches || !(await verifySignature(signer.publicKey, bytes, signature))) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_KEY',
      'the signature does not verify under the public key of its signer; it was not released',
    )
  }
  return signature
}
