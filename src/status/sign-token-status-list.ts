import { deflateZlib } from '#gzip'
import { encodeBase64url } from '../core/base64url.ts'
import type { JsonObject } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import { MAX_INFLATED_LIST_BYTES } from './bitstring.ts'
import { TOKEN_STATUS_LIST_TYP } from './open-token-status-list.ts'
import type { SignJws } from './sign-jws.ts'
import { DEFAULT_LIST_TTL_MS, DEFAULT_LIST_VALIDITY_MS } from './status-list-credential.ts'
import { mirrorStatusPair, type TokenStatuses } from './token-status-list.ts'

/** The pair of lists that a Token Status List repeats. Times are milliseconds since 1970. */
export interface NewTokenStatusList {
  /** Where it is served, which is its identity: `tokenStatusListId` in layout.ts. */
  readonly url: string
  /** MSB-first bits of the pair, of one length. Read before the call returns its first promise. */
  readonly revocation: Uint8Array
  readonly suspension: Uint8Array
  /** When the bits were these; cut to the second. */
  readonly issuedAt: number
  /** Default: `issuedAt` plus 6 h, like the lists of the pair; cut to the second. */
  readonly validUntil?: number
  /** How long readers may keep it. Default 60 s; cut to the second, at least 1 s. */
  readonly ttlMs?: number
}

/** Builds the claims of a Token Status List Token (Token Status List §5.1). Its times are in seconds. */
export async function buildTokenStatusList(list: NewTokenStatusList): Promise<JsonObject> {
  const { url, revocation, suspension, issuedAt, ttlMs = DEFAULT_LIST_TTL_MS } = list
  const statuses = mirrorStatusPair(revocation, suspension)
  return {
    sub: url,
    iat: seconds(issuedAt),
    exp: seconds(list.validUntil ?? issuedAt + DEFAULT_LIST_VALIDITY_MS),
    ttl: Math.max(1, seconds(ttlMs)),
    status_list: { bits: statuses.bits, lst: await encodeTokenStatuses(statuses) },
  }
}

/**
 * Builds the mirror of a pair of lists and signs it as `statuslist+jwt` (docs/spec/05-status.md "Lists").
 *
 * @param sign Signs with the key of the status issuer. @returns The compact JWS.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when the lists of the pair differ in length or are too long.
 */
export async function signTokenStatusList(list: NewTokenStatusList, sign: SignJws): Promise<string> {
  return sign({ typ: TOKEN_STATUS_LIST_TYP, payload: await buildTokenStatusList(list) })
}

/**
 * Encodes statuses as `lst`: zlib, then base64url (Token Status List §4.2). The text depends on the compressor.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for more bytes than a reader inflates, 4 MiB.
 */
export async function encodeTokenStatuses({ bytes }: TokenStatuses): Promise<string> {
  if (bytes.length > MAX_INFLATED_LIST_BYTES) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'a token status list has at most 4 MiB of statuses',
    )
  }
  return encodeBase64url(await deflateZlib(bytes))
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}
