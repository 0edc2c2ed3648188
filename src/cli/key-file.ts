import type { PublicKey } from '../core/crypto/port.ts'
import { encodePublicJwk, type PublicJwk } from '../core/crypto/public-jwk.ts'
import { isJsonObject, parseStrictJson } from '../core/json.ts'
import { encodeDidKey } from '../did/did-key.ts'
import { parsePublicJwk } from '../did/jwk.ts'
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

/** What may be known of a key. */
export interface PublicHalf {
  /** The `did:key` of it. */
  readonly did: Did
  readonly publicKey: PublicJwk
}

/** A new key in a new file that only its owner may read. @param path Absolute. */
export async function createKeyFile(path: string): Promise<PublicHalf> {
  const jwk = await generateKey('Ed25519')
  const { keyId, publicKey } = await createLocalSigner(jwk)
  createFile(path, `${JSON.stringify({ ...jwk, kid: keyId }, null, 2)}\n`, PRIVATE_MODE)
  return publicHalfOf(publicKey)
}

/**
 * Reads what may be known of the key in a file: a JWK, public or private.
 *
 * @throws {CliError} When it is no usable key. The message never contains it.
 */
export async function readPublicHalf(file: string, host: Host): Promise<PublicHalf> {
  const text = await readText(file, host)
  const json = parseStrictJson(text.trim())
  if (isJsonObject(json) && Object.hasOwn(json, 'd')) {
    const signer = await createLocalSigner(parseKey(text, file))
    return publicHalfOf(signer.publicKey)
  }
  const key = isJsonObject(json) ? parsePublicJwk(json) : undefined
  if (key?.verified === true) return publicHalfOf(key.value)
  throw usageError(
    `${file} must hold a key as a JWK, Ed25519 or P-256, public or private, as \`procura agent keygen\` writes it`,
  )
}

function publicHalfOf(publicKey: PublicKey): PublicHalf {
  return { did: encodeDidKey(publicKey), publicKey: encodePublicJwk(publicKey) }
}

export function didOfSigner({ keyId }: Signer): Did {
  const did = parseDidUrl(keyId)?.did
  if (did === undefined) throw usageError('the key has no DID')
  return did
}
