import type { Did } from '../model/did.ts'
import { HEAD_TYP, type HeadClaims } from './head.ts'
import type { SignJws } from './sign-jws.ts'

/** Claims of a head as the status issuer knows them. */
export type NewHead = Omit<HeadClaims, 'statusIssuer'> & { readonly statusIssuer: Did }

/**
 * Signs a head (docs/spec/05-status.md "The head").
 *
 * @param head `seq` and `iatMs` must follow the last signed head; `prev` is that head's digest. The caller
 *   keeps that order, across restarts too.
 * @param sign Signs with the key of the status issuer.
 * @returns The compact JWS.
 */
export function signHead(head: NewHead, sign: SignJws): Promise<string> {
  const { statusIssuer, seq, iatMs, prev, root, emergency, heartbeat } = head
  const payload = { iss: statusIssuer, seq, iatMs, prev, root, emergency, heartbeat }
  return sign({ typ: HEAD_TYP, payload })
}
