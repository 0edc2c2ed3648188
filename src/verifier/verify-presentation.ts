import type { JsonObject } from '../core/json.ts'
import { openChain, type VerifiedChain } from '../delegation/open-chain.ts'
import type { AccessRequest } from '../model/access-request.ts'
import { lastLink, type ParsedChain } from '../model/chain.ts'
import type { Refusal } from '../refusal.ts'
import { freshStatus } from './chain-status.ts'
import { type Acceptance, describePresentation } from './describe-presentation.ts'
import { judgeChain } from './judge-chain.ts'
import { freshnessSeconds, longestFreshnessSeconds } from './policy.ts'
import type { Presentation, VerifyContext } from './presentation.ts'
import type { StatusSync } from './status-sync.ts'
import { type PresentationVerdict, type RefusedPresentation, refusePresentation } from './verdict.ts'

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

/** What is asked, and where. */
export interface Question {
  readonly ask: Ask
  /** Raw request target, `/inbox?folder=1`: its path is where the action takes place. */
  readonly target: string
}

/** A presentation that passed every step. */
export interface AcceptedPresentation {
  readonly verified: true
  readonly chain: VerifiedChain
  readonly acceptance: Acceptance
}

/** Decides what a service provider is told of a presentation that was read. As {@link acceptPresentation}. */
export async function verifyPresentation(
  presentation: Presentation,
  question: Question,
  context: VerifyContext,
): Promise<PresentationVerdict> {
  const accepted = await acceptPresentation(presentation, question, context)
  return accepted.verified ? describePresentation(accepted.chain, accepted.acceptance) : accepted
}

/**
 * Decides about one presentation that was read, steps 4-10 of docs/spec/07-verifying.md: cheap before dear, the first
 * failure wins. Never throws for what was presented, never fetches.
 *
 * Costs one signature for each link not seen before and one for the presenter's proof.
 *
 * @param question Absent: nothing is asked for, the chain is only to be kept.
 */
export async function acceptPresentation(
  presentation: Presentation,
  question: Question | undefined,
  context: VerifyContext,
): Promise<AcceptedPresentation | RefusedPresentation> {
  const { chain } = presentation
  const early = judge(presentation, chain, question, context)
  if (early !== undefined) return refuseEarly(early, chain, context)
  const opening = openChain(chain, {
    resolver: context.resolver,
    memo: context.cache.memoOf(authorityOf(chain)),
  })
  const opened = opening instanceof Promise ? await opening : opening
  return opened.verified
    ? prove(presentation, opened.value, question, context)
    : refuseEarly(opened.refusal, chain, context)
}

/** What an authority's DID document does not say, it may say by now. Nobody is waited for. */
function refuseEarly(refusal: Refusal, chain: ParsedChain, { sync }: VerifyContext): RefusedPresentation {
  const authority = authorityOf(chain)
  if (refusal.code === 'did_unresolvable') sync.nudge(authority)
  if (refusal.code === 'key_not_authorized' && refusal.link === 0) sync.renewKeys(authority)
  return refusePresentation(refusal, false)
}

/** Steps 9-10, and once more what may have changed while a step waited. */
async function prove(
  presentation: Presentation,
  chain: VerifiedChain,
  question: Question | undefined,
  context: VerifyContext,
): Promise<AcceptedPresentation | RefusedPresentation> {
  const { policy, sync, clock } = context
  const proving = presentation.prove(lastLink(chain).credential.subject.id, clock())
  const proof = proving instanceof Promise ? await proving : proving
  if (!proof.verified) return refusePresentation(proof.refusal, false)
  const late = judge(presentation, chain, question, context)
  if (late !== undefined) return refusePresentation(late, true)
  const now = clock()
  const maxAgeSeconds =
    question === undefined ? longestFreshnessSeconds(policy) : freshnessSeconds(policy, question.ask.action)
  const status = freshStatus(chain, sync.viewOf(authorityOf(chain)), now, maxAgeSeconds)
  if (!status.verified) return refuseStatus(status.refusal, chain, sync)
  const acceptance = { now, asOf: status.value, maxAgeSeconds, proofEndsAt: proof.value }
  return { verified: true, chain, acceptance }
}

function judge(
  { refuse }: Presentation,
  chain: ParsedChain,
  question: Question | undefined,
  context: VerifyContext,
): Refusal | undefined {
  const now = context.clock()
  if (question === undefined) return judgeChain(chain, now, undefined, context)?.refusal
  const { ask, target } = question
  const [path = ''] = target.split('?', 1)
  const request: AccessRequest = { ...ask, origin: context.policy.origin, path, now }
  return (refuse?.(ask.action) ?? judgeChain(chain, now, request, context))?.refusal
}

/** A list that is not held may be new: look soon, and refuse until then. */
function refuseStatus(refusal: Refusal, chain: ParsedChain, sync: StatusSync): RefusedPresentation {
  if (refusal.code === 'status_unavailable') sync.nudge(authorityOf(chain))
  return refusePresentation(refusal, true)
}

function authorityOf(chain: ParsedChain): string {
  return chain[0].credential.issuer
}
