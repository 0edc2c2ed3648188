import { formatDateTime } from '../core/date-time.ts'
import type { JsonObject } from '../core/json.ts'
import { VC_CONTEXT } from '../model/credential.ts'
import type { Did } from '../model/did.ts'
import type { StatusPurpose } from '../model/status-list-entry.ts'
import { VC_JWT_TYPE } from '../securing/vc-jose/parse-vc-jwt.ts'
import { encodeBitstring } from './encode-bitstring.ts'
import type { SignJws } from './sign-jws.ts'
import {
  DEFAULT_LIST_TTL_MS,
  DEFAULT_LIST_VALIDITY_MS,
  STATUS_LIST_CREDENTIAL_TYPE,
  STATUS_LIST_SUBJECT_TYPE,
} from './status-list-credential.ts'

/** What the status issuer says about one list. Times are milliseconds since 1970. */
export interface NewStatusList {
  readonly url: string
  readonly statusIssuer: Did
  readonly purpose: StatusPurpose
  /** MSB-first, 131,072 entries or more. Read before the call returns its first promise. */
  readonly bits: Uint8Array
  /** The version: greater than that of the list before, never ahead of the clock. */
  readonly validFrom: number
  /** Default: `validFrom` plus 6 h. */
  readonly validUntil?: number
  /** Default 60 s. */
  readonly ttlMs?: number
}

/** Builds the credential of a list; `parseStatusListCredential` reads it back. */
export async function buildStatusListCredential(list: NewStatusList): Promise<JsonObject> {
  const { url, statusIssuer, purpose, bits, validFrom, ttlMs = DEFAULT_LIST_TTL_MS } = list
  return {
    '@context': [VC_CONTEXT],
    id: url,
    type: ['VerifiableCredential', STATUS_LIST_CREDENTIAL_TYPE],
    issuer: statusIssuer,
    validFrom: formatDateTime(validFrom),
    validUntil: formatDateTime(list.validUntil ?? validFrom + DEFAULT_LIST_VALIDITY_MS),
    credentialSubject: {
      id: `${url}#list`,
      type: STATUS_LIST_SUBJECT_TYPE,
      statusPurpose: purpose,
      encodedList: await encodeBitstring(bits),
      ttl: ttlMs,
    },
  }
}

/**
 * Builds a list and secures it as `vc+jwt` (docs/spec/04-securing.md).
 *
 * @param sign Signs with the key of the status issuer. @returns The compact JWS.
 */
export async function signStatusList(list: NewStatusList, sign: SignJws): Promise<string> {
  return sign({ typ: VC_JWT_TYPE, payload: await buildStatusListCredential(list) })
}
