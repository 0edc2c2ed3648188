import { encodeBase64url } from '../../core/base64url.ts'
import { encodeUtf8 } from '../../core/bytes.ts'
import type { JsonObject } from '../../core/json.ts'
import type { SetSigner } from '../../issuer/key-store.ts'

/**
 * Signs a security event token (RFC 8417): typed explicitly, without `sub` and `exp`, so that nobody takes it for a token of
 * another kind (SSF 1.0 §4.1). The same claims make the same token as long as the key stays.
 */
export async function signSet(claims: JsonObject, { publicJwk, sign }: SetSigner): Promise<string> {
  const header = { alg: publicJwk.alg, kid: publicJwk.kid, typ: 'secevent+jwt' }
  const input = [header, claims].map((part) => encodeBase64url(encodeUtf8(JSON.stringify(part)))).join('.')
  return `${input}.${encodeBase64url(await sign(encodeUtf8(input)))}`
}
