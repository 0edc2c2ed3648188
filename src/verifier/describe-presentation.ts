import { deepFreeze } from '../core/deep-freeze.ts'
import type { VerifiedChain } from '../delegation/open-chain.ts'
import { grantsOf, lastLink, type ParsedChain } from '../model/chain.ts'
import type { DerivedSubject } from '../model/credential.ts'
import { ageSeconds } from '../status/freshness.ts'
import type { BelievedStatus } from './judge-freshness.ts'
import type { ChainFacts, VerifiedFacts } from './verdict.ts'

/** When and on what a presentation was accepted. Times are milliseconds since 1970. */
export interface Acceptance extends BelievedStatus {
  readonly now: number
  readonly maxAgeSeconds: number
  readonly proofEndsAt: number
  /** When a grant that the request needs may not allow it any more. Infinity when none reads the time. */
  readonly authorizedUntil: number
}

/** Says who acts for whom, from verified links only. */
export function describePresentation(chain: VerifiedChain, acceptance: Acceptance): VerifiedFacts {
  return { verified: true, ...describeChain(chain), ...describeStatus(chain, acceptance) }
}

/** The part of it that the chain alone says. */
export function describeChain(chain: VerifiedChain): ChainFacts {
  const [root] = chain
  const owner = root.credential.subject
  return {
    ...describeLast(chain),
    presenter: lastLink(chain).credential.subject.id,
    owner: owner.id,
    accountable: owner.accountable,
    authority: root.credential.issuer,
    tenant: owner.tenant,
    environment: owner.environment,
    chain: chain.map(({ credential: { id, issuer, subject, validUntil } }) => ({
      id,
      issuer,
      subject: subject.id,
      validUntil,
      ...('name' in subject && subject.name !== undefined ? { name: subject.name } : {}),
    })),
    // What is kept of the link for the next request: whoever is told of it must not be able to change it.
    grant: deepFreeze(grantsOf(chain, lastLink(chain))),
  }
}

type Last = Pick<VerifiedFacts, 'kind' | 'agent' | 'mode' | 'purpose' | 'run' | 'lineage'>

function describeLast(chain: VerifiedChain): Last {
  const [, first]: ParsedChain = chain
  const agent = first?.credential.subject
  const last = lastLink(chain).credential
  if (agent?.kind !== 'Agent' || last.type === 'OwnerCredential') return { kind: 'Owner' }
  const common = { agent: agent.agentId, mode: agent.mode, purpose: agent.purpose }
  if (last.subject.kind === 'Agent') return { kind: 'Agent', ...common }
  return { ...common, ...describeDerived(last.id, last.subject) }
}

function describeDerived(
  id: string,
  { kind, lineage, purpose }: DerivedSubject,
): Pick<Last, 'kind' | 'run' | 'lineage' | 'purpose'> {
  return {
    kind,
    ...(kind === 'Run' ? { run: id } : {}),
    ...(lineage === undefined ? {} : { lineage: deepFreeze(lineage) }),
    ...(purpose === undefined ? {} : { purpose }),
  }
}

function describeStatus(
  chain: VerifiedChain,
  acceptance: Acceptance,
): Pick<VerifiedFacts, 'status' | 'recheckAt'> {
  const { now, asOf, source } = acceptance
  return {
    status: { asOf, ageSeconds: ageSeconds(asOf, now), source, memory: true },
    recheckAt: recheckTime(chain, acceptance),
  }
}

/** Until when the answer may stand, in milliseconds since 1970: something that it rests on ends then. */
export function recheckTime(chain: VerifiedChain, acceptance: Acceptance): number {
  const { asOf, maxAgeSeconds, proofEndsAt, authorizedUntil } = acceptance
  const ends = chain.map(({ credential }) => credential.validUntil)
  return Math.min(proofEndsAt, asOf + maxAgeSeconds * 1000, authorizedUntil, ...ends)
}
