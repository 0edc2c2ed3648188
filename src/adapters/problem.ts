import { describeRefusal } from '../describe-refusal.ts'
import type { RefusalCode } from '../refusal.ts'
import type { PresentationRefusal } from '../verifier/verdict.ts'

/** Seconds after which a refusal that is nobody's fault is worth another try. */
const RETRY_AFTER_SECONDS = 5

/** Body of a refusal (RFC 9457). Never holds tokens, keys or claims. */
export interface RefusalProblem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: RefusalCode
  readonly link?: number
  readonly dimension?: string
  readonly inherited?: boolean
  readonly retryable: boolean
  readonly refresh?: true
  /** As the field `Retry-After`. */
  readonly retryAfterSeconds?: number
}

/** An HTTP answer. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: RefusalProblem
}

/** A code that is missing here does not compile. */
const STATUS: Readonly<Record<RefusalCode, number>> = {
  malformed: 401,
  limit_exceeded: 431,
  unsupported: 401,
  untrusted_authority: 401,
  signature_invalid: 401,
  key_not_authorized: 401,
  chain_broken: 401,
  chain_required: 401,
  capability_escalated: 403,
  depth_exceeded: 403,
  not_authorized: 403,
  constraint_violated: 403,
  audience_mismatch: 401,
  tenant_mismatch: 403,
  environment_mismatch: 403,
  not_yet_valid: 401,
  expired: 401,
  revoked: 401,
  suspended: 401,
  status_missing: 401,
  status_unavailable: 503,
  status_stale: 503,
  status_invalid: 401,
  status_rollback: 401,
  holder_proof_invalid: 401,
  replayed: 401,
  replay_unavailable: 503,
  usage_exhausted: 429,
  usage_unavailable: 503,
  approval_required: 409,
  did_unresolvable: 503,
}

/** HTTP status of a refusal (docs/spec/07-verifying.md "Codes"). A body that is too large is 413, all else over a limit 431. */
function statusOf({ code, dimension }: PresentationRefusal): number {
  if (code === 'limit_exceeded' && dimension === 'body') return 413
  return STATUS[code]
}

/** The answer to a refused request, free of any framework. @param origin Of this service, for the challenge of a 401. */
export function problemOf(refusal: PresentationRefusal, origin: string): Required<Answer> {
  const status = statusOf(refusal)
  const { authenticated: _, ...facts } = refusal
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  }
  if (status === 401)
    headers['www-authenticate'] = `AgentDelegation realm="${origin}/", error="${refusal.code}"`
  const seconds = refusal.retryAfterSeconds ?? (status === 503 ? RETRY_AFTER_SECONDS : undefined)
  if (seconds !== undefined) headers['retry-after'] = String(seconds)
  const title = TITLES.get(status) ?? 'Unauthorized'
  return {
    status,
    headers,
    body: {
      type: `urn:procura:refusal:${refusal.code}`,
      title,
      status,
      detail: describeRefusal(refusal),
      ...facts,
    },
  }
}

const TITLES: ReadonlyMap<number, string> = new Map([
  [403, 'Forbidden'],
  [409, 'Approval Required'],
  [413, 'Content Too Large'],
  [429, 'Usage Exhausted'],
  [431, 'Presentation Too Large'],
  [503, 'Temporarily Undecidable'],
])
