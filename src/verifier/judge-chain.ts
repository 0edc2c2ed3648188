import { CLOCK_SKEW_MS } from '../core/clock.ts'
import { endsWithoutStatus } from '../delegation/joining-status.ts'
import { authorizeRequest, checkAttenuation, checkValidity } from '../delegation/verify-chain.ts'
import type { AccessRequest } from '../model/access-request.ts'
import { isOverRdf, type ParsedChain } from '../model/chain.ts'
import { atLink, type Refused, refuse, type Verdict } from '../refusal.ts'
import { isUnderOrigins } from '../status/origins.ts'
import { knownBits } from './chain-status.ts'
import { type Policy, tierOf } from './policy.ts'
import type { VerifyContext } from './presentation.ts'
import type { TrustEntry } from './trust.ts'

/**
 * Steps 4-7 of docs/spec/07-verifying.md, on a chain whose signatures nobody has checked yet: they cost little and
 * spare the signatures of what is refused anyway. Pure.
 *
 * @param now Milliseconds since 1970.
 * @param request What the chain has to allow; absent for one that is only to be kept.
 * @returns The first refusal in the order of the protocol.
 */
export function judgeChain(
  chain: ParsedChain,
  now: number,
  request: AccessRequest | undefined,
  { policy, sync }: Pick<VerifyContext, 'policy' | 'sync'>,
): Refused | undefined {
  const [{ credential: owner }] = chain
  const trust = sync.trustOf(owner.issuer)
  return (
    refuseContext(chain, request?.action, policy, trust) ??
    refusalOf(checkValidity(chain, now, CLOCK_SKEW_MS)) ??
    refusalOf(checkAttenuation(chain)) ??
    (request === undefined ? undefined : refusalOf(authorizeRequest(chain, request))) ??
    refuseTrust(chain, trust) ??
    knownBits(chain, sync.viewOf(owner.issuer), now)
  )
}

/** Step 4 without validity, and the three rules that only a policy can decide. */
function refuseContext(
  chain: ParsedChain,
  action: string | undefined,
  policy: Policy,
  trust: Verdict<TrustEntry> | undefined,
): Refused | undefined {
  const { tenant, environment } = chain[0].credential.subject
  const overRdf = policy.rdfc ? -1 : chain.findIndex(({ mechanism }) => isOverRdf(mechanism))
  if (overRdf >= 0) return refuse('unsupported', { link: overRdf, dimension: 'cryptosuite' })
  if (trust?.verified === true && trust.value.tenants?.includes(tenant) === false)
    return refuse('tenant_mismatch', { link: 0 })
  if (environment !== policy.environment) return refuse('environment_mismatch', { link: 0 })
  if (chain.length === 1 && !policy.ownerInPerson)
    return refuse('not_authorized', { dimension: 'owner_in_person' })
  return action !== undefined && endsWithoutStatus(chain) && tierOf(policy, action) === 'critical'
    ? refuse('status_missing', { link: chain.length - 1 })
    : undefined
}

/** Step 6: who is trusted, and that everyone agrees on who signs the status and where it lies (spec 01). */
function refuseTrust(chain: ParsedChain, trust: Verdict<TrustEntry> | undefined): Refused | undefined {
  if (trust === undefined) return refuse('untrusted_authority', { link: 0 })
  if (!trust.verified) return atLink(trust, 0)
  const { statusService } = chain[0].credential.subject
  if (statusService.issuer !== trust.value.statusIssuer)
    return refuse('status_invalid', { link: 0, dimension: 'status.issuer' })
  for (const [link, { credential }] of chain.entries()) {
    const { status } = credential
    if (status === undefined) continue
    const placed =
      isUnderOrigins(status.revocation, statusService.origins) &&
      isUnderOrigins(status.suspension, statusService.origins)
    if (!placed) return refuse('status_invalid', { link, dimension: 'statusListCredential' })
  }
  return undefined
}

function refusalOf(verdict: { verified: true } | Refused): Refused | undefined {
  return verdict.verified ? undefined : verdict
}
