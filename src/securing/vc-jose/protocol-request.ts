import { sha256 } from '#crypto'
import { encodeBase64url } from '../../core/base64url.ts'
import { encodeJcs } from '../../core/jcs.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { ProcuraError } from '../../errors.ts'

/** A request of a protocol like JSON-RPC, in which MCP and A2A are written: what a token can be bound to. */
export interface ProtocolRequest {
  readonly method: string
  /** `_meta` is where the token itself travels, and is not looked at. */
  readonly params?: JsonObject
}

/**
 * What binds a token to one request: SHA-256 of the JCS of `{ method, params }`, `params` without `_meta`, and empty
 * when there are none (docs/spec/06-presenting.md §2). In base64url.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for params that are no object, or that JSON cannot
 *   express.
 */
export function digestRequest({ method, params = {} }: ProtocolRequest): string {
  // What is only typed as an object may be a list, whose items would read like members with their numbers as names.
  if (!isJsonObject(params))
    throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'params must be an object')
  const { _meta, ...rest } = params
  return encodeBase64url(sha256(encodeJcs({ method, params: rest })))
}
