import type { Clock } from '../core/clock.ts'
import type { JsonObject } from '../core/json.ts'
import { openChain, type VerifiedChain } from '../delegation/open-chain.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { AccessRequest } from '../model/access-request.ts'
import { lastLink, type ParsedChain } from '../model/chain.ts'
import type { PresentedRequest } from '../model/presented-request.ts'
import type { Refusal } from '../refusal.ts'
import { freshStatus } from './chain-status.ts'
import { describePresentation } from './describe-presentation.ts'
import { judgeChain } from './judge-chain.ts'
import type { LinkCache } from './link-cache.ts'
import { freshnessSeconds, type Policy } from './policy.ts'
import { readPresentation } from './read-presentation.ts'
import type { ReplayStore } from './replay-store.ts'
import type { StatusSync } from './status-sync.ts'
import { type PresentationVerdict, type RefusedPresentation, refusePresentation } from './verdict.ts'
import { verifyProof } from './verify-proof.ts'

/** What the service provider is asked to do, as its own code understands the request. */
export interface Ask {
  /** Dotted name, compared exactly: `mail.read`. */
  readonly action: string
  /** The resource acted on: `inbox/support`. */
  readonly identifier?: string
  /** Arguments that constraints speak of. */
  readonly arguments?: JsonObject
  /** Address of the peer after the configured number of proxies. */
  readonly clientAddress?: string
}

export interface VerifyContext {
  readonly policy: Policy
  readonly resolver: DidResolver
  readonly cache: LinkCache
  readonly sync: StatusSync
  readonly replay: ReplayStore
  readonly clock: Clock
}

/**
 * Decides about one presentation, in the order of docs/spec/07-verifying.md: cheap before dear, the first failure
 * wins. Never throws for what was presented, never fetches.
 *
 * Costs one signature for each link not seen before and one for the request.
 */
export async function verifyPresentation(
  request: PresentedRequest,
  ask: Ask,
  context: VerifyContext,
): Promise<PresentationVerdict> {
  const reading = readPresentation(request, context.cache)
  const read = reading instanceof Promise ? await reading : reading
  if (!read.verified) return refusePresentation(read.refusal, false)
  const early = judge(read.value, request, ask, context)
  if (early !== undefined) return refusePresentation(early, false)
  const opening = openChain(read.value, {
    resolver: context.resolver,
    memo: context.cache.memoOf(authorityOf(read.value)),
  })
  const opened = opening instanceof Promise ? await opening : opening
  return opened.verified
    ? prove(opened.value, request, ask, context)
    : refusePresentation(opened.refusal, false)
}

/** Steps 9-10, and once more what may have changed while a step waited. */
async function prove(
  chain: VerifiedChain,
  request: PresentedRequest,
  ask: Ask,
  context: VerifyContext,
): Promise<PresentationVerdict> {
  const { policy, sync, clock } = context
  const presenter = lastLink(chain).credential.subject.id
  const proof = await verifyProof(request, presenter, clock(), { ...context, origin: policy.origin })
  if (!proof.verified) return refusePresentation(proof.refusal, false)
  const late = judge(chain, request, ask, context)
  if (late !== undefined) return refusePresentation(late, true)
  const now = clock()
  const maxAgeSeconds = freshnessSeconds(policy, ask.action)
  const status = freshStatus(chain, sync.viewOf(authorityOf(chain)), now, maxAgeSeconds)
  if (!status.verified) return refuseStatus(status.refusal, chain, sync)
  return describePresentation(chain, { now, asOf: status.value, maxAgeSeconds, proofEndsAt: proof.value })
}

function judge(
  chain: ParsedChain,
  { target }: PresentedRequest,
  ask: Ask,
  context: VerifyContext,
): Refusal | undefined {
  const { policy, sync, clock } = context
  const [path = ''] = target.split('?', 1)
  const request: AccessRequest = { ...ask, origin: policy.origin, path, now: clock() }
  return judgeChain(chain, request, policy, sync)?.refusal
}

/** A list that is not held may be new: look soon, and refuse until then. */
function refuseStatus(refusal: Refusal, chain: ParsedChain, sync: StatusSync): RefusedPresentation {
  if (refusal.code === 'status_unavailable') sync.nudge(authorityOf(chain))
  return refusePresentation(refusal, true)
}

function authorityOf(chain: ParsedChain): string {
  return chain[0].credential.issuer
}
