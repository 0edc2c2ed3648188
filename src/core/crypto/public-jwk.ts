import { encodeBase64url } from '../base64url.ts'
import type { PublicKey } from './port.ts'

/** A public key as a JSON Web Key with its required members only (RFC 8037 §2, RFC 7518 §6.2.1). */
export type PublicJwk =
  | { readonly crv: 'Ed25519'; readonly kty: 'OKP'; readonly x: string }
  | { readonly crv: 'P-256'; readonly kty: 'EC'; readonly x: string; readonly y: string }

/** The members stand in lexicographic order, so that `JSON.stringify` gives the input of RFC 7638 §3. */
export function encodePublicJwk({ type, raw }: PublicKey): PublicJwk {
  if (type === 'Ed25519') return { crv: type, kty: 'OKP', x: encodeBase64url(raw) }
  return {
    crv: type,
    kty: 'EC',
    x: encodeBase64url(raw.subarray(1, 33)),
    y: encodeBase64url(raw.subarray(33)),
  }
}
