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

/** A request whose caller has proven a key, whoever that is. */
export interface KeyCall extends PublicCall {
  readonly did: Did
  /** The JSON body; empty when there was none. */
  readonly body: JsonObject
  /** What a write of this call carries into its audit entry, beside who called. */
  readonly write: Omit<WriteContext, 'principal' | 'idempotency'>
  /**
   * Uses the nonce of the signature up, once it is clear that the caller is somebody.
   *
   * @throws {ApiError} `replayed`
   */
  useNonce(): Promise<void>
}

/** A request whose caller is known. */
export interface SignedCall extends PublicCall {
  readonly principal: Principal
  /** The JSON body; empty when there was none. */
  readonly body: JsonObject
  /** What a write of this call carries into its audit entry. */
  readonly write: WriteContext
}
