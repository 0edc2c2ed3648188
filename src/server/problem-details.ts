import { ProcuraError } from '../errors.ts'
import { ApiError, PROBLEM_STATUS, type ProblemCode } from './api-error.ts'

/** Of every answer that is no success. */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

const TITLES: Readonly<Record<ProblemCode, string>> = {
  malformed_request: 'The request is not well-formed',
  malformed_json: 'The body is not strict JSON',
  signature_required: 'The request must be signed',
  signature_invalid: 'The signature of the request does not hold',
  unknown_principal: 'The key is not known here',
  token_invalid: 'The access token is not good',
  ticket_invalid: 'The ticket is worth nothing',
  replayed: 'The signature was used before',
  forbidden: 'The caller may not do this',
  outranked: 'The hold was placed by a higher rank',
  not_your_lease: 'The index is not leased to the caller',
  not_found: 'There is no such thing',
  no_such_route: 'There is no such route',
  method_not_allowed: 'The route does not have this method',
  not_acceptable: 'No acceptable representation exists',
  agent_ended: 'The agent is revoked',
  agent_suspended: 'The agent is suspended',
  already_registered: 'The credential is registered already',
  changed_meanwhile: 'It was changed by someone else meanwhile',
  delegation_ended: 'The delegation is revoked',
  delegation_expired: 'The delegation has expired',
  delegation_suspended: 'The delegation is suspended',
  did_in_use: 'The DID is in use',
  key_active: 'The key is the one that signs: rotate it, with grace 0 if it may be in other hands',
  key_is_did:
    'The issuer is a did:key, which is its key and cannot be rotated: set up another tenant, as a did:web (procura init --did-web), and issue anew under it',
  last_admin: 'The last administrator cannot be removed',
  not_renewable: 'The delegation has a limit without a period, and ends when it ends: ask for a new one',
  not_suspended: 'There is no hold to lift',
  owner_offboarded: 'The owner is offboarded',
  owner_suspended: 'The owner is suspended',
  quota_exceeded: 'The quota is used up',
  retirement_unverified: 'The agent is revoked, but that is not verified yet',
  run_ended: 'The run has ended',
  same_owner: 'The agent acts for this owner already',
  ticket_used: 'The ticket was used: an agent has enrolled with it',
  body_too_large: 'The body is too large',
  unsupported_media_type: 'The content type is not supported',
  chain_refused: 'The chain does not verify',
  exceeds_delegation: 'The change would make the delegation wider',
  exceeds_entitlements: 'The delegation is wider than what the owner holds',
  idempotency_mismatch: 'The idempotency key was used for another request',
  invalid_request: 'The request has members that are not as they must be',
  owner_required: 'An agent needs an owner',
  rate_limited: 'There are too many requests',
  internal: 'The service failed',
  unavailable: 'The service cannot do this at present',
}

const OUTCOME_UNKNOWN = 'ERR_PROCURA_OUTCOME_UNKNOWN'

/** Thrown codes that mean "try again", not "the service is broken". */
const UNAVAILABLE: ReadonlySet<string> = new Set(['ERR_PROCURA_STORAGE', OUTCOME_UNKNOWN])

/** Whoever reads only "unavailable" would take it for not done. */
const UNKNOWN_DETAIL =
  'whether it was done is not known: repeating it with the same Idempotency-Key does it once; without one, see first'

/** A 401 names how to prove who calls (RFC 9110 §11.6.1): a signature by RFC 9421 with this tag. */
const CHALLENGE = 'Signature realm="procura-api", tag="procura-api"'

/** Seconds after which a request that met `unavailable` may be tried again. */
const RETRY_AFTER_SECONDS = '1'

/** Reads any thrown value as the problem to answer with. What is not meant for the caller becomes `internal`. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown
  if (thrown instanceof ProcuraError && UNAVAILABLE.has(thrown.code)) {
    const detail = thrown.code === OUTCOME_UNKNOWN ? { detail: UNKNOWN_DETAIL } : {}
    const headers = { 'retry-after': RETRY_AFTER_SECONDS }
    return new ApiError('unavailable', { ...detail, headers }, { cause: thrown })
  }
  return new ApiError('internal', {}, { cause: thrown })
}

/**
 * The RFC 9457 response of a problem.
 *
 * @param requestId Names the occurrence, so that a log line can be found by what the caller was told.
 */
export function problemResponse(error: ApiError, requestId: string): Response {
  const { headers = {} } = error.facts
  return new Response(`${JSON.stringify(problemBody(error, requestId))}\n`, {
    status: PROBLEM_STATUS[error.code],
    headers: {
      'content-type': PROBLEM_MEDIA_TYPE,
      'cache-control': 'no-store',
      ...(PROBLEM_STATUS[error.code] === 401 && { 'www-authenticate': CHALLENGE }),
      ...headers,
    },
  })
}

/** What a problem says, without what stands in the header of its response. */
export function problemBody({ code, facts }: ApiError, requestId: string): object {
  const { headers: _, ...told } = facts
  return {
    type: `urn:procura:problem:${code}`,
    title: TITLES[code],
    status: PROBLEM_STATUS[code],
    code,
    instance: `urn:uuid:${requestId}`,
    ...told,
  }
}
