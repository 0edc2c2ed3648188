import { verifySignature } from '#crypto'
import type { PublicKey } from '../core/crypto/port.ts'
import { ProcuraError } from '../errors.ts'
import type { Signer } from '../model/signer.ts'
import { keyTypeOf } from './key-type.ts'

/** Keys of signers as they verify in the thread pool of Node, where signing was waited for already. */
const threaded = new WeakMap<PublicKey, PublicKey>()

/**
 * Signs and verifies what was signed before it is released.
 *
 * @returns 64 bytes.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` when the signature does not verify under the signer's own key.
 */
export async function signBytes(signer: Signer, bytes: Uint8Array): Promise<Uint8Array> {
  const signature = await signer.sign(bytes)
  const matches = keyTypeOf(signer.algorithm) === signer.publicKey.type
  if (!matches || !(await verifySignature(inThreads(signer.publicKey), bytes, signature))) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_KEY',
      'the signature does not verify under the public key of its signer; it was not released',
    )
  }
  return signature
}

/** The platform keeps what it made of a key by the object, so there is one for each. */
function inThreads(key: PublicKey): PublicKey {
  const known = threaded.get(key) ?? { ...key, inThreads: true }
  threaded.set(key, known)
  return known
}
