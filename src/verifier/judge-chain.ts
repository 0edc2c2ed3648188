import { CLOCK_SKEW_MS } from '../core/clock.ts'
import { endsWithoutStatus } from '../delegation/joining-status.ts'
import { authorizeRequest, checkAttenuation, checkValidity } from '../delegation/verify-chain.ts'
import type { AccessRequest } from '../model/access-request.ts'
import { isOverRdf, type ParsedChain } from '../model/chain.ts'
import { atLink, type Refused, refuse, type Verdict } from '../refusal.ts'
import { liesUnder } from '../status/origins.ts'
import type { StatusView } from '../status/status-view.ts'
import type { Limits } from './authority-limits.ts'
import { knownBits } from './chain-status.ts'
import { refuseAssurance, refuseBeyondLimit, refuseBlocked } from './judge-limits.ts'
import { type Policy, tierOf } from './policy.ts'
import type { Presentation } from './presentation.ts'
import type { RuleName } from './rules.ts'
import type { TrustEntry } from './trust.ts'

/** What the rules of steps 4-7 look at. */
export interface Judged {
  readonly presentation: Pick<Presentation, 'refuse'>
  readonly chain: ParsedChain
  /** What the chain has to allow; absent for one that is only to be kept. */
  readonly request: AccessRequest | undefined
  /** Milliseconds since 1970. */
  readonly now: number
  readonly policy: Policy
  readonly trust: Verdict<TrustEntry> | undefined
  readonly limits: Limits
  /** What the emergency list of the authority has against the chain. */
  readonly emergency: Refused | undefined
  readonly view: StatusView
}

/** A rule that was broken. */
export interface BrokenRule {
  readonly rule: RuleName
  readonly refused: Refused
}

type Check = (judged: Judged) => { readonly verified: true } | Refused | undefined

/** Steps 4-7 of docs/spec/07-verifying.md, in order. A new rule takes its place here and in `rules.ts`. */
const CHECKS: readonly (readonly [RuleName, Check])[] = [
  ['emergency', (judged) => judged.emergency],
  ['presentation-use', refuseUse],
  ['mechanisms', refuseMechanism],
  ['tenant', refuseTenant],
  ['environment', refuseEnvironment],
  ['owner-in-person', refuseOwnerInPerson],
  ['revocable', refuseIrrevocable],
  ['validity', ({ chain, now }) => checkValidity(chain, now, CLOCK_SKEW_MS)],
  ['attenuation', ({ chain }) => checkAttenuation(chain)],
  [
    'authorization',
    ({ chain, request }) => (request === undefined ? undefined : authorizeRequest(chain, request)),
  ],
  ['trust', refuseTrust],
  ['blocked', refuseBlocked],
  ['may-grant', refuseBeyondLimit],
  ['assurance', refuseAssurance],
  ['status-service', refuseStatusService],
  ['known-status', ({ chain, view, now }) => knownBits(chain, view, now)],
]

/**
 * Applies the rules of steps 4-7 to a chain whose signatures nobody may have checked yet: they cost little and spare
 * the signatures of what is refused anyway. Pure.
 *
 * @returns The first rule that is broken.
 */
export function judgeChain(judged: Judged): BrokenRule | undefined {
  for (const [rule, check] of CHECKS) {
    const answer = check(judged)
    if (answer?.verified === false) return { rule, refused: answer }
  }
  return undefined
}

function refuseUse({ presentation, request }: Judged): Refused | undefined {
  return request === undefined ? undefined : presentation.refuse?.(request.action)
}

function refuseMechanism({ chain, policy }: Judged): Refused | undefined {
  const overRdf = policy.rdfc ? -1 : chain.findIndex(({ mechanism }) => isOverRdf(mechanism))
  return overRdf < 0 ? undefined : refuse('unsupported', { link: overRdf, dimension: 'cryptosuite' })
}

/** Both the operator and the document of the authority can name the tenants. */
function refuseTenant({ chain, trust, limits }: Judged): Refused | undefined {
  const { tenant } = chain[0].credential.subject
  const stated = trust?.verified === true ? trust.value.tenants : undefined
  const isListed = (stated?.includes(tenant) ?? true) && (limits.tenants?.has(tenant) ?? true)
  return isListed ? undefined : refuse('tenant_mismatch', { link: 0 })
}

function refuseEnvironment({ chain, policy }: Judged): Refused | undefined {
  const { environment } = chain[0].credential.subject
  return environment === policy.environment ? undefined : refuse('environment_mismatch', { link: 0 })
}

function refuseOwnerInPerson({ chain, policy }: Judged): Refused | undefined {
  const isAllowed = chain.length > 1 || policy.ownerInPerson
  return isAllowed ? undefined : refuse('not_authorized', { dimension: 'owner_in_person' })
}

/** What is critical is done only by what can be revoked by itself. */
function refuseIrrevocable({ chain, request, policy }: Judged): Refused | undefined {
  if (request === undefined || !endsWithoutStatus(chain)) return undefined
  const isCritical = tierOf(policy, request.action) === 'critical'
  return isCritical ? refuse('status_missing', { link: chain.length - 1 }) : undefined
}

function refuseTrust({ trust }: Judged): Refused | undefined {
  if (trust === undefined) return refuse('untrusted_authority', { link: 0 })
  return trust.verified ? undefined : atLink(trust, 0)
}

/** Everyone has to agree on who signs the status and where it lies (docs/spec/01-roles.md). */
function refuseStatusService({ chain, trust }: Judged): Refused | undefined {
  const { statusService } = chain[0].credential.subject
  if (trust?.verified !== true || statusService.issuer !== trust.value.statusIssuer)
    return refuse('status_invalid', { link: 0, dimension: 'status.issuer' })
  for (const [link, { credential }] of chain.entries()) {
    const { status } = credential
    if (status === undefined) continue
    const placed =
      liesUnder(status.revocation, statusService.origins) &&
      liesUnder(status.suspension, statusService.origins)
    if (!placed) return refuse('status_invalid', { link, dimension: 'statusListCredential' })
  }
  return undefined
}
