import type { JsonObject } from '../../core/json.ts'
import type { WriteContext } from '../../issuer/ports.ts'
import type { Principal } from '../../issuer/records.ts'
import type { Did } from '../../model/did.ts'
import type { Service } from '../service.ts'

/** One request, read as far as every route needs it. */
export interface PublicCall {
  readonly service: Service
  readonly request: Request
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Random, in UUID form; also in the response and in the log. */
  readonly requestId: string
}

/** A request whose caller has proven a key, whoever that is: what the caller may do, something else in the request tells. */
export interface KeyCall extends PublicCall {
  readonly did: Did
  /** The JSON body; empty when there was none. */
  readonly body: JsonObject
  /** What a write of this call carries into its audit entry, beside who called. */
  readonly write: Omit<WriteContext, 'principal' | 'idempotency'>
  /**
   * Lets a caller go on who turned out to be somebody: counts the write as this caller's and in that tenant, and uses the nonce of the
   * signature up. Nothing is written before, so strangers keep no writer busy.
   *
   * @throws {ApiError} `rate_limited`, `replayed`
   */
  admit(caller: Pick<Principal, 'tenant' | 'role'>): Promise<void>
}

/** A request whose caller is known. */
export interface SignedCall extends PublicCall {
  readonly principal: Principal
  /** The JSON body; empty when there was none. */
  readonly body: JsonObject
  /** What a write of this call carries into its audit entry. */
  readonly write: WriteContext
}
