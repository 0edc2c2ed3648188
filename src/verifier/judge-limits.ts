import { authorize } from '../delegation/authorize.ts'
import type { AgentSubject } from '../model/credential.ts'
import { type Refused, refuse } from '../refusal.ts'
import { isAssured } from './assurance.ts'
import type { Limits } from './authority-limits.ts'
import type { Judged } from './judge-chain.ts'
import { isBelow } from './software-version.ts'

/*
 * What a service provider does not take, of what a trusted authority vouches for (docs/spec/10-reference.md "Trust
 * entry"). The code is `not_authorized`: nothing is wrong with the chain, and no other proof would help; the dimension
 * names the limit.
 */

/** Owners, agents, what agents have made, and software that the operator has blocked. */
export function refuseBlocked({ chain, limits }: Pick<Judged, 'chain' | 'limits'>): Refused | undefined {
  if (limits.owners.size + limits.agents.size + limits.software.length === 0) return undefined
  const [{ credential: owner }, ...delegations] = chain
  if (limits.owners.has(owner.subject.id)) return blocked(0, 'owners')
  for (const [i, { credential }] of delegations.entries()) {
    const { subject } = credential
    const isNamed = limits.agents.has(subject.id)
    if (isNamed || (subject.kind === 'Agent' && limits.agents.has(subject.agentId)))
      return blocked(i + 1, 'agents')
    if (subject.kind === 'Agent' && isSoftwareBlocked(subject, limits)) return blocked(i + 1, 'software')
  }
  return undefined
}

function isSoftwareBlocked({ software }: AgentSubject, limits: Limits): boolean {
  if (software === undefined) return false
  return limits.software.some(({ name, versions, below }) => {
    if (name !== software.name) return false
    if (versions === undefined && below === undefined) return true
    return (
      versions?.includes(software.version) === true ||
      (below !== undefined && isBelow(software.version, below))
    )
  })
}

function blocked(link: number, what: 'owners' | 'agents' | 'software'): Refused {
  return refuse('not_authorized', { link, dimension: `blocked.${what}` })
}

/** What is asked has to be within what the authority may grant here, whatever its chains grant. */
export function refuseBeyondLimit({ request, limits }: Judged): Refused | undefined {
  const { mayGrant } = limits
  if (mayGrant === undefined || request === undefined || authorize(mayGrant, request).verified)
    return undefined
  return refuse('not_authorized', { link: 0, dimension: 'mayGrant' })
}

/** The authority has to be sure enough of who the owner is. */
export function refuseAssurance({ chain, request, policy }: Judged): Refused | undefined {
  const { assurance } = policy
  if (assurance === undefined || request === undefined) return undefined
  return isAssured(assurance, chain[0].credential.subject.assurance, request.action)
    ? undefined
    : refuse('not_authorized', { link: 0, dimension: 'assurance' })
}
