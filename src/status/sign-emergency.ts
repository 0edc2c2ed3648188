import { EMERGENCY_TYP, type EmergencyClaims } from './emergency.ts'
import type { SignJws } from './sign-jws.ts'

/**
 * Signs an emergency list (docs/spec/05-status.md "Emergency list").
 *
 * @param claims `seq` follows that of the last list, and nothing that it named is left out. The caller keeps that order,
 *   across restarts too.
 * @param sign Signs with the key of the authority.
 * @returns The compact JWS.
 */
export function signEmergency(claims: EmergencyClaims, sign: SignJws): Promise<string> {
  const { issuer, seq, iatMs, keys, owners, authority, drill } = claims
  const listed = { keys: [...keys], owners: [...owners], authority }
  const payload = { iss: issuer, seq, iatMs, ...listed, ...(drill === undefined ? {} : { drill }) }
  return sign({ typ: EMERGENCY_TYP, payload })
}
