import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { promisify } from 'node:util'
import type { Random } from '../../core/clock.ts'
import { encodeJcs } from '../../core/jcs.ts'
import { ProcuraError } from '../../errors.ts'
import type { SetJwk, SetSigner } from '../../issuer/key-store.ts'
import type { WrappedKey } from '../../issuer/records.ts'
import type { Did } from '../../model/did.ts'
import { wrapKey } from './envelope.ts'

/** What receivers of Shared Signals ask at least for (CAEP Interoperability Profile 1.0 §2.6), in bits. */
export const SET_KEY_BITS = 2048

const DIGEST = 'sha256'

export interface SetKeyOptions {
  readonly tenant: string
  /** Whose key it is. */
  readonly did: Did
  readonly dataKey: Uint8Array
  readonly createdAt: number
  readonly random: Random
}

/** Makes an RSA key, in the thread pool; in plain text it exists only here. */
export async function createSetKey(options: SetKeyOptions): Promise<WrappedKey> {
  const { tenant, did, dataKey, createdAt, random } = options
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: SET_KEY_BITS })
  const binding = { tenant, id: publicJwkOf(privateKey).kid, use: 'security-event' } as const
  const plain = privateKey.export({ type: 'pkcs8', format: 'der' })
  const wrapped = wrapKey(plain, { under: dataKey, binding, random })
  plain.fill(0)
  return { ...binding, did, wrapped, createdAt }
}

/** @param plain PKCS #8; overwritten. @returns `undefined` for what is no RSA key. */
export function openSetSigner(plain: Uint8Array): SetSigner | undefined {
  const key = readPrivateKey(plain)
  plain.fill(0)
  if (key?.asymmetricKeyType !== 'rsa') return undefined
  return { publicJwk: publicJwkOf(key), sign: (bytes) => signRs256(key, bytes) }
}

function readPrivateKey(plain: Uint8Array): KeyObject | undefined {
  try {
    return createPrivateKey({ key: Buffer.from(plain), type: 'pkcs8', format: 'der' })
  } catch {
    return undefined
  }
}

/** A fault while signing could give the key away (RFC 8017 §8.2 with the Chinese remainder theorem): what does not verify stays here. */
async function signRs256(key: KeyObject, bytes: Uint8Array): Promise<Uint8Array> {
  const signature = await promisify<string, Uint8Array, KeyObject, Buffer>(sign)(DIGEST, bytes, key)
  if (verify(DIGEST, bytes, createPublicKey(key), signature)) return new Uint8Array(signature)
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_KEY',
    'the signature does not verify under the public key of its signer; it was not released',
  )
}

function publicJwkOf(key: KeyObject): SetJwk {
  const { n = '', e = '' } = createPublicKey(key).export({ format: 'jwk' })
  const kid = createHash('sha256')
    .update(encodeJcs({ e, kty: 'RSA', n }))
    .digest('base64url')
  return { kty: 'RSA', n, e, use: 'sig', alg: 'RS256', kid }
}
