import { parseStrictJson } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import type { Did } from '../model/did.ts'
import { parseDidUrl } from '../model/did.ts'
import type { Signer } from '../model/signer.ts'
import {
  createLocalSigner,
  generateKey,
  type PrivateJwk,
  parsePrivateJwk,
} from '../securing/vc-jose/local-signer.ts'
import { usageError } from './cli-error.ts'
import { createFile, PRIVATE_MODE, readText } from './files.ts'
import type { Host } from './host.ts'

/**
 * Reads a private key as a JWK.
 *
 * @param source Where the text is from, for the message. It never contains the key.
 * @throws {CliError} When it is no usable key.
 */
export function parseKey(text: string, source: string): PrivateJwk {
  try {
    return parsePrivateJwk(parseStrictJson(text.trim()))
  } catch (error) {
    if (!(error instanceof ProcuraError)) throw error
    throw usageError(`${source} must hold a private key as a JWK, Ed25519 or P-256: ${error.message}`, {
      cause: error,
    })
  }
}

export async function readKeyFile(file: string, host: Host): Promise<PrivateJwk> {
  return parseKey(await readText(file, host), file)
}

/** A new key in a new file that only its owner may read. @param path Absolute. */
export async function createKeyFile(path: string): Promise<Did> {
  const jwk = await generateKey('Ed25519')
  const signer = await createLocalSigner(jwk)
  createFile(path, `${JSON.stringify({ ...jwk, kid: signer.keyId }, null, 2)}\n`, PRIVATE_MODE)
  return didOfSigner(signer)
}

export function didOfSigner({ keyId }: Signer): Did {
  const did = parseDidUrl(keyId)?.did
  if (did === undefined) throw usageError('the key has no DID')
  return did
}
