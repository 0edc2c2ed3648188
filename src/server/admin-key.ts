import { writeFileSync } from 'node:fs'
import { ProcuraError } from '../errors.ts'
import { type Did, parseDidUrl } from '../model/did.ts'
import { createLocalSigner, generateKey } from '../securing/vc-jose/local-signer.ts'
import { unwritable } from './data-directory.ts'

/** The key of an administrator, as it goes into a file. */
export interface AdminKey {
  readonly did: Did
  /** A private JWK with `kid`. */
  readonly text: string
}

export async function createAdminKey(): Promise<AdminKey> {
  const jwk = await generateKey('Ed25519')
  const { keyId } = await createLocalSigner(jwk)
  const did = parseDidUrl(keyId)?.did
  if (did === undefined) throw new ProcuraError('ERR_PROCURA_INVALID_KEY', 'the new key has no DID')
  return { did, text: `${JSON.stringify({ ...jwk, kid: keyId }, null, 2)}\n` }
}

/**
 * Only into a new file; on the disk when it returns.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`
 */
export function writeAdminKey(file: string, { text }: AdminKey): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    throw unwritable(file, error)
  }
}
