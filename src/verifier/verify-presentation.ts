import { CLOCK_SKEW_MS } from '../core/clock.ts'
import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import { hasCountedLimit } from '../delegation/has-counted-limit.ts'
import { openChain, type VerifiedChain } from '../delegation/open-chain.ts'
import { authorizedUntil } from '../delegation/verify-chain.ts'
import type { AccessRequest } from '../model/access-request.ts'
import { lastLink, type ParsedChain } from '../model/chain.ts'
import type { Refusal, Verdict } from '../refusal.ts'
import { proofInvalid } from '../securing/http-signature/proof-invalid.ts'
import { type Acceptance, describePresentation } from './describe-presentation.ts'
import { toAcceptedVerdict, toVerdict } from './evidence.ts'
import { judgeChain } from './judge-chain.ts'
import { judgeFreshness } from './judge-freshness.ts'
import { freshnessSeconds, longestFreshnessSeconds } from './policy.ts'
import type { Presentation, Question, VerifyContext } from './presentation.ts'
import type { Reservation } from './reserve-usage.ts'
import type { RuleName } from './rules.ts'
import { completeRefusal, type PresentationVerdict } from './verdict.ts'

/** A presentation that passed every step. */
export interface AcceptedPresentation {
  readonly verified: true
  readonly chain: VerifiedChain
  readonly acceptance: Acceptance
  /** What it has used up; absent when nothing of it is counted. */
  readonly reservation?: Reservation
}

/** A presentation that did not, and the first rule that it breaks. */
export interface RejectedPresentation {
  readonly verified: false
  readonly refusal: Refusal
  readonly rule: RuleName
  /** Whether the presenter's own proof was accepted. */
  readonly authenticated: boolean
  /** The last rule that was kept before this one, kept at first, was applied once more. */
  readonly after?: RuleName
}

export type Outcome = AcceptedPresentation | RejectedPresentation

/** A chain on its way through the steps. */
export interface Case extends OpenCase {
  readonly presentation: Presentation
}

/** What steps 4-8 and 10 look at. */
export interface OpenCase {
  readonly presentation: Pick<Presentation, 'chain' | 'refuse' | 'staple'>
  readonly question: Question
  readonly context: VerifyContext
}

/**
 * Decides what a service provider is told of what was presented. Never throws for it, never fetches. Answers without
 * a promise when nothing had to be waited for.
 */
export function verifyPresentation(
  reading: MaybePromise<Verdict<Presentation>>,
  question: Question,
  context: VerifyContext,
): MaybePromise<PresentationVerdict> {
  return andThen(reading, (read) => {
    if (!read.verified) return conclude(rejectReading(read.refusal), question, context)
    const presentation = read.value
    return andThen(acceptPresentation({ presentation, question, context }), (outcome) =>
      conclude(outcome, question, context, presentation),
    )
  })
}

/**
 * Steps 4-11 of docs/spec/07-verifying.md for one presentation that was read: cheap before dear, the first failure
 * wins. What may have changed while a step waited is judged once more.
 *
 * Costs one signature for each link not seen before and one for the presenter's proof.
 */
export function acceptPresentation(given: Case): MaybePromise<Outcome> {
  const { chain } = given.presentation
  const early = judge(given, chain, false)
  if (early !== undefined) return reportEarly(early, given)
  const { resolver, cache } = given.context
  const opening = openChain(chain, { resolver, memo: cache.memoOf(authorityOf(chain)) })
  return andThen(opening, (opened) =>
    opened.verified
      ? prove(given, opened.value, opening instanceof Promise)
      : reportEarly(reject('signatures', opened.refusal, false), given),
  )
}

/**
 * Decides once more about what was accepted, as of now: every step but those that use something up. Nothing that was
 * decided before counts.
 *
 * @param proofEndsAt When the presenter's proof ends, in milliseconds since 1970; the caller keeps to it.
 */
export function acceptAgain(given: OpenCase, proofEndsAt: number): MaybePromise<Outcome> {
  const { resolver, cache } = given.context
  const { chain } = given.presentation
  const opening = openChain(chain, { resolver, memo: cache.memoOf(authorityOf(chain)) })
  return andThen(opening, (opened) => {
    if (!opened.verified) return reportEarly(reject('signatures', opened.refusal, true), given)
    return judge(given, chain, true) ?? checkFreshness(given, opened.value, proofEndsAt)
  })
}

/**
 * What could not be read never was a presentation: the rule is that of the step that its code belongs to. Steps 1-3 go
 * link by link, so of two links that break two of them, the first one is told.
 */
export function rejectReading(refusal: Refusal): RejectedPresentation {
  return reject(ruleOfReading(refusal), refusal, false)
}

function ruleOfReading({ code }: Refusal): RuleName {
  if (code === 'limit_exceeded') return 'limits'
  return JOINING.has(code) ? 'joining' : 'form'
}

/** What a link can be refused as for what it says of the link above it. */
const JOINING: ReadonlySet<Refusal['code']> = new Set([
  'chain_broken',
  'depth_exceeded',
  'status_missing',
  'status_invalid',
])

/** What an authority's DID document does not say, it may say by now. Nobody is waited for. */
function reportEarly(
  rejected: RejectedPresentation,
  { presentation, context }: OpenCase,
): RejectedPresentation {
  const { code, link } = rejected.refusal
  const authority = authorityOf(presentation.chain)
  if (code === 'did_unresolvable') context.sync.nudge(authority)
  if (code === 'key_not_authorized' && link === 0) context.sync.renewKeys(authority)
  return rejected
}

/** Steps 9-10. @param waited Whether the steps before had to wait. */
function prove(given: Case, chain: VerifiedChain, waited: boolean): MaybePromise<Outcome> {
  const proving = given.presentation.prove(lastLink(chain).credential.subject.id, given.context.clock())
  return andThen(proving, (proof) => {
    if (!proof.verified) return reject('holder-proof', proof.refusal, false)
    const taking = given.context.sync.takeStaple(given.presentation)
    return andThen(taking, () => {
      const mayHaveChanged = waited || proving instanceof Promise || taking !== undefined
      const late = mayHaveChanged ? judge(given, chain, true) : undefined
      if (late !== undefined) return { ...late, after: 'holder-proof' }
      return countUsage(given, checkFreshness(given, chain, proof.value))
    })
  })
}

/** Step 11. Most chains have nothing to count. */
function countUsage(given: Case, outcome: Outcome): MaybePromise<Outcome> {
  if (!outcome.verified || !hasCountedLimit(outcome.chain)) return outcome
  return import('./reserve-usage.ts').then(({ reserveUsage }) => reserveUsage(given, outcome))
}

/**
 * Step 10. Looks at the end of the proof, too: a replay store forgets a nonce then, so one that was timely while something
 * was waited for would be fresh again.
 */
function checkFreshness(given: OpenCase, chain: VerifiedChain, proofEndsAt: number): Outcome {
  const { policy, sync, clock } = given.context
  const now = clock()
  if (!(now <= proofEndsAt + CLOCK_SKEW_MS))
    return reject('holder-proof', proofInvalid('expires').refusal, false)
  const { ask } = given.question
  const maxAgeSeconds =
    ask === undefined ? longestFreshnessSeconds(policy) : freshnessSeconds(policy, ask.action)
  const status = judgeFreshness(chain, sync, now, maxAgeSeconds)
  if (!status.verified) return reject('freshness', status.refusal, true)
  const request = requestOf(given, now)
  const until = request === undefined ? Number.POSITIVE_INFINITY : authorizedUntil(chain, request)
  const ends = { proofEndsAt, authorizedUntil: until }
  return { verified: true, chain, acceptance: { now, maxAgeSeconds, ...ends, ...status.value } }
}

function judge(
  given: OpenCase,
  chain: ParsedChain,
  authenticated: boolean,
): RejectedPresentation | undefined {
  const { policy, sync, clock } = given.context
  const now = clock()
  const authority = authorityOf(chain)
  // What others brought may be older than what comes with this very presentation, and is looked at after the proof.
  const isToCome = given.presentation.staple !== undefined && !authenticated
  const broken = judgeChain({
    presentation: given.presentation,
    chain,
    request: requestOf(given, now),
    now,
    policy,
    trust: sync.trustOf(authority),
    limits: sync.limitsOf(authority),
    emergency: sync.emergencyOf(chain),
    view: isToCome ? sync.viewOf(authority) : sync.allOf(authority),
  })
  return broken === undefined ? undefined : reject(broken.rule, broken.refused.refusal, authenticated)
}

/** What is asked, as constraints read it; `undefined` when nothing is. @param now Milliseconds since 1970. */
export function requestOf(
  { question, context }: Pick<Case, 'question' | 'context'>,
  now: number,
): AccessRequest | undefined {
  const { ask, target } = question
  const [path = ''] = target.split('?', 1)
  return ask === undefined ? undefined : { ...ask, origin: context.policy.origin, path, now }
}

function conclude(
  outcome: Outcome,
  question: Question,
  context: VerifyContext,
  presentation?: Presentation,
): PresentationVerdict {
  const { trust } = context.sync
  const seen = { context, question, trust, ...(presentation === undefined ? {} : { presentation }) }
  if (outcome.verified) {
    const { chain, acceptance } = outcome
    const { now, view } = acceptance
    const evidence = { ...seen, now, view, accepted: outcome }
    return toAcceptedVerdict(describePresentation(chain, acceptance), evidence)
  }
  const { rule, after } = outcome
  const refusal = completeRefusal(outcome.refusal, outcome.authenticated)
  const held = presentation && { view: context.sync.allOf(authorityOf(presentation.chain)) }
  const late = after === undefined ? {} : { after }
  return toVerdict(
    { verified: false as const, refusal },
    { ...seen, ...held, ...late, now: context.clock(), broken: rule, refusal },
  )
}

/** A presentation that breaks a rule. */
export function reject(rule: RuleName, refusal: Refusal, authenticated: boolean): RejectedPresentation {
  return { verified: false, rule, refusal, authenticated }
}

function authorityOf(chain: ParsedChain): string {
  return chain[0].credential.issuer
}
