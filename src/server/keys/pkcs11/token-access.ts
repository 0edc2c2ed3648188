import { ProcuraError } from '../../../errors.ts'
import { readSecretFile } from '../key-encryption-key.ts'
import type { TokenAccess } from './open-token.ts'

/**
 * Where the tokens are: `PROCURA_PKCS11_MODULE`, and the PIN in `PROCURA_PKCS11_PIN` or the file of `PROCURA_PKCS11_PIN_FILE`, which
 * only its owner may read.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when one of the two is missing.
 */
export async function readTokenAccess(
  env: Readonly<Record<string, string | undefined>>,
): Promise<TokenAccess> {
  const { PROCURA_PKCS11_MODULE: module, PROCURA_PKCS11_PIN: pin, PROCURA_PKCS11_PIN_FILE: file } = env
  if (module === undefined || (pin === undefined) === (file === undefined)) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_CONFIGURATION',
      'a key in a PKCS#11 token needs PROCURA_PKCS11_MODULE, and one of PROCURA_PKCS11_PIN and PROCURA_PKCS11_PIN_FILE',
    )
  }
  return { module, pin: pin ?? (await readSecretFile(file ?? '')).trimEnd() }
}
