import { CLOCK_SKEW_MS } from '../core/clock.ts'
import type { ParsedChain } from '../model/chain.ts'
import { MAX_CHAIN_LINKS } from '../model/credential.ts'
import { ageSeconds, FRESHNESS_SECONDS } from '../status/freshness.ts'
import { assuranceFor } from './assurance.ts'
import { UNLIMITED } from './authority-limits.ts'
import type { Evidence } from './evidence.ts'
import { tierOf } from './policy.ts'
import type { RuleName } from './rules.ts'

/** What was compared, by name. */
export type Facts = Readonly<Record<string, string | number | boolean>>

/**
 * What an operator may know of how a rule fared. Nothing in it comes from what was presented but numbers and names of
 * mechanisms: what a chain says of people and agents is theirs to show, and before step 9 nobody's.
 */
export function factsOf(rule: RuleName, outcome: 'passed' | 'refused', evidence: Evidence): Facts {
  const facts = FACTS[rule]?.(evidence) ?? {}
  if (outcome === 'passed') return facts
  const { code = '', link, dimension, inherited } = evidence.refusal ?? {}
  return {
    code,
    ...(link === undefined ? {} : { link }),
    ...(dimension === undefined ? {} : { dimension }),
    ...(inherited === undefined ? {} : { inherited }),
    ...facts,
  }
}

const FACTS: Readonly<Partial<Record<RuleName, (evidence: Evidence) => Facts>>> = {
  limits: ({ presentation }) =>
    presentation === undefined ? {} : { links: presentation.chain.length, mostLinks: MAX_CHAIN_LINKS },
  form: ({ presentation }) =>
    presentation === undefined
      ? {}
      : { mechanisms: [...new Set(presentation.chain.map(({ mechanism }) => mechanism))].join(' ') },
  'presentation-use': ({ presentation }) =>
    presentation === undefined ? {} : { presented: presentation.form.type },
  mechanisms: ({ context }) => ({ rdfc: context.policy.rdfc }),
  tenant: (evidence) => ({ tenantsListed: limitsOf(evidence).tenants?.size ?? 'any' }),
  environment: ({ context }) => ({ environment: context.policy.environment }),
  'owner-in-person': ({ context }) => ({ allowed: context.policy.ownerInPerson }),
  revocable: (evidence) => ({ tier: tierOf(evidence.context.policy, actionOf(evidence)) }),
  validity: validityFacts,
  authorization: (evidence) => ({ action: actionOf(evidence) }),
  trust: ({ trust }) => ({ authorities: trust.trust.size }),
  blocked: (evidence) => {
    const { owners, agents, software } = limitsOf(evidence)
    return { owners: owners.size, agents: agents.size, software: software.length }
  },
  'may-grant': (evidence) => ({ entries: limitsOf(evidence).mayGrant?.length ?? 'any' }),
  assurance: (evidence) => {
    const { assurance } = evidence.context.policy
    return assurance === undefined ? {} : { minimum: assuranceFor(assurance, actionOf(evidence)) }
  },
  signatures: ({ context: { policy } }) => ({ algorithms: [...(policy.algorithms ?? ['any'])].join(' ') }),
  'holder-proof': ({ accepted, now }) =>
    accepted === undefined ? {} : { endsInSeconds: seconds(accepted.acceptance.proofEndsAt - now) },
  freshness: freshnessFacts,
  usage: ({ accepted }) => (accepted === undefined ? {} : { reserved: accepted.reservation !== undefined }),
}

function limitsOf({ presentation, trust }: Evidence) {
  const authority = presentation?.chain[0].credential.issuer ?? ''
  return trust.trust.get(authority)?.limits ?? UNLIMITED
}

/** Whoever asks for nothing is measured by the rule for all that is not named. */
function actionOf({ question }: Evidence): string {
  return question.ask?.action ?? '*'
}

/** Of the link at fault; else of the one that ends first. */
function validityFacts({ presentation, broken, refusal, now }: Evidence): Facts {
  const skew = { skewSeconds: seconds(CLOCK_SKEW_MS) }
  if (presentation === undefined) return skew
  const { chain } = presentation
  if (broken === 'validity' && refusal?.link !== undefined) {
    const { validFrom, validUntil } = linkAt(chain, refusal.link).credential
    return refusal.code === 'expired'
      ? { ...skew, endedSecondsAgo: seconds(now - validUntil) }
      : { ...skew, beginsInSeconds: seconds(validFrom - now) }
  }
  const end = Math.min(...chain.map(({ credential }) => credential.validUntil))
  return { ...skew, endsInSeconds: seconds(end - now) }
}

/** Of the link at fault, if its status is held; else of the oldest list that was used. */
function freshnessFacts(evidence: Evidence): Facts {
  const { context, accepted, now } = evidence
  const tier = tierOf(context.policy, actionOf(evidence))
  const asOf = accepted?.acceptance.asOf ?? asOfFault(evidence)
  const allowed = { tier, maxAgeSeconds: FRESHNESS_SECONDS[tier] }
  return asOf === undefined ? allowed : { ...allowed, ageSeconds: ageSeconds(asOf, now) }
}

function asOfFault({ refusal, presentation, view, now }: Evidence): number | undefined {
  if (refusal?.link === undefined || presentation === undefined) return undefined
  const { chain } = presentation
  const { status } = linkAt(chain, refusal.link).credential
  const reading = status && view?.read(status, chain[0].credential.subject.statusService.issuer, now)
  return reading?.verified === true ? reading.value.asOf : undefined
}

function linkAt(chain: ParsedChain, link: number): ParsedChain[number] {
  return chain[link] ?? chain[0]
}

/** Whole seconds. */
function seconds(ms: number): number {
  return Math.round(ms / 1000)
}
