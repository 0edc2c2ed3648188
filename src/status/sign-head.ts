import type { Did } from '../model/did.ts'
import type { Signer } from '../model/signer.ts'
import { signCompactJws } from '../securing/vc-jose/sign.ts'
import { HEAD_TYP, type HeadClaims } from './head.ts'

/** Claims of a head as the status issuer knows them. */
export type NewHead = Omit<HeadClaims, 'statusIssuer'> & { readonly statusIssuer: Did }

/**
 * Signs a head (docs/spec/05-status.md "The head").
 *
 * @param head `seq` and `iatMs` must follow the last signed head; `prev` is that head's digest. The caller
 *   keeps that order, across restarts too.
 * @param signer Key of the status issuer.
 * @returns The compact JWS.
 */
export function signHead(head: NewHead, signer: Signer): Promise<string> {
  const { statusIssuer, seq, iatMs, prev, root, did, heartbeat } = head
  const payload = { iss: statusIssuer, seq, iatMs, prev, root, did, heartbeat }
  return signCompactJws({ typ: HEAD_TYP, payload, signer })
}
