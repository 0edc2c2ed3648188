import { encodeUtf8 } from '../../core/bytes.ts'
import type { Signer } from '../../model/signer.ts'
import { signBytes } from '../sign-bytes.ts'
import { formatSignatureLine } from './note.ts'

/**
 * Signs a text as a note (C2SP signed-note). The signature is verified before the note is returned.
 *
 * @param text Ends with a line feed.
 * @param name Stands in the signature line: without spaces and plus signs.
 * @param signer Of an Ed25519 key.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` when the signature does not verify under the signer's own key.
 */
export async function signNote(text: string, name: string, signer: Signer): Promise<string> {
  const signature = await signBytes(signer, encodeUtf8(text))
  return `${text}\n${formatSignatureLine({ name, key: signer.publicKey }, signature)}`
}
