import type { ParsedLink } from '../../model/chain.ts'
import { MAX_CREDENTIAL_BYTES } from '../../model/credential.ts'
import type { Verdict } from '../../refusal.ts'
import { parseCompactJws } from './compact-jws.ts'
import { parseEnvelope } from './parse-envelope.ts'

/** Media type of an enveloped credential (VC-JOSE-COSE §3.1.1). */
export const VC_JWT_TYPE = 'vc+jwt'

/**
 * Reads a credential secured as `vc+jwt` (docs/spec/04-securing.md). The signature is not checked.
 *
 * @returns What {@link parseCompactJws} or {@link parseEnvelope} refuse.
 */
export function parseVcJwt(token: string): Verdict<ParsedLink> {
  const jws = parseCompactJws(token, VC_JWT_TYPE, MAX_CREDENTIAL_BYTES)
  return jws.verified ? parseEnvelope(VC_JWT_TYPE, jws.value, jws.value.payload, token) : jws
}
