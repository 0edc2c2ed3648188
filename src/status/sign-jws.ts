import type { JsonObject } from '../core/json.ts'

/**
 * Signs a payload with the key of the status issuer and returns the compact JWS; its header has exactly `alg`,
 * `kid` and `typ`. A parameter, so that what is shared with readers never pulls in a signer: the issuer gives
 * `(jws) => signCompactJws({ ...jws, signer })`, anyone else whatever library signs for them.
 */
export type SignJws = (jws: { readonly typ: string; readonly payload: JsonObject }) => Promise<string>
