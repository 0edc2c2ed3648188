import { type CryptoKey, importJWK, type JWK } from 'jose'
import { isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'
import { usageError } from '../cli-error.ts'

/** The one algorithm of a key, by its curve (RFC 7518 §3.4, RFC 8037). */
const ALGORITHMS: ReadonlyMap<Json | undefined, string> = new Map([
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
  ['Ed25519', 'EdDSA'],
])

/** A key of the suite, with what a token says of it. */
export interface JoseKey {
  readonly algorithm: string
  readonly keyId: string
  readonly key: CryptoKey
}

/**
 * Reads a key file of the suite: a verification method with `publicKeyJwk` and, for issuing, `secretKeyJwk`. Only here
 * are P-384 and P-521 keys taken; nothing else of Procura signs or verifies with them.
 *
 * @throws {CliError} A usage error; the message has no part of the key.
 */
export async function readJoseKey(
  method: JsonObject,
  name: 'publicKeyJwk' | 'secretKeyJwk',
): Promise<JoseKey> {
  const jwk = member(method, name)
  const algorithm = isJsonObject(jwk) ? ALGORITHMS.get(member(jwk, 'crv')) : undefined
  if (!isJsonObject(jwk) || algorithm === undefined) {
    throw usageError(`the key file must have a ${name} of P-256, P-384, P-521 or Ed25519`)
  }
  try {
    const key = await importJWK(jwk as JWK, algorithm)
    if (key instanceof Uint8Array) throw new TypeError('a symmetric key')
    return { algorithm, keyId: keyIdOf(method, jwk), key }
  } catch (cause) {
    throw usageError(`the ${name} of the key file cannot be imported`, { cause })
  }
}

/** An absolute URL names the key to everybody (VC-JOSE-COSE §4.1); else the key's own name must do. */
function keyIdOf(method: JsonObject, jwk: JsonObject): string {
  const names = [member(method, 'id'), member(jwk, 'kid')].filter((name) => typeof name === 'string')
  return names.find((name) => URL.canParse(name)) ?? names[0] ?? ''
}
