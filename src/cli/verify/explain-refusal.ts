import { describeRefusal } from '../../describe-refusal.ts'
import type { ParsedLink } from '../../model/chain.ts'
import type { Refusal, RefusalCode } from '../../refusal.ts'
import type { Ask } from '../../verifier/presentation.ts'
import { describeGrant } from '../chain/describe-grant.ts'
import { printable } from '../terminal/text.ts'
import { formatTime } from '../terminal/time.ts'

/** What is known around a refusal, so that it can be explained to whoever holds the request. */
export interface RefusalContext {
  /** Links of the chain as far as they can be read, by position. */
  readonly links: readonly (ParsedLink | undefined)[]
  readonly ask: Ask
  readonly audience: string
  readonly environment: string
  /** Why status could not be read, if it could not. */
  readonly syncProblem?: string
}

export interface Explanation {
  /** What happened, in a sentence. */
  readonly what: string
  /** The link at fault: who → whom, and what it grants. */
  readonly link?: string
  /** What would mend it. */
  readonly fix: string
}

/** Says which link is at fault, in which dimension, and what would mend it. */
export function explainRefusal(refusal: Refusal, context: RefusalContext): Explanation {
  const at = refusal.link === undefined ? undefined : context.links[refusal.link]
  const what = describeRefusal(refusal)
  const fix = FIXES[refusal.code]({ ...context, refusal, at })
  return at === undefined ? { what, fix } : { what, link: describeLink(at), fix }
}

function describeLink({ credential: { issuer, subject } }: ParsedLink): string {
  const { authorizationDetails } = subject
  const grants =
    authorizationDetails === 'inherit'
      ? 'what the owner may pass on'
      : authorizationDetails.map(describeGrant).join('; ')
  return printable(`${issuer} → ${subject.id}, grants ${grants || 'nothing'}`)
}

interface Facts extends RefusalContext {
  readonly refusal: Refusal
  readonly at: ParsedLink | undefined
}

const FIXES: Readonly<Record<RefusalCode, (facts: Facts) => string>> = {
  malformed: (facts) => `do not edit credentials; ${remake(facts)}`,
  limit_exceeded: () => 'use fewer links, or grants with fewer entries',
  unsupported: ({ refusal, ...facts }) =>
    refusal.dimension === 'cryptosuite'
      ? 'secure it with a jcs suite; a service takes an rdfc suite only where its policy says rdfc'
      : `use what docs/spec/ knows; ${remake({ refusal, ...facts })}`,
  untrusted_authority: ({ links }) =>
    `if ${links[0]?.credential.issuer ?? 'the authority'} is to be trusted, add its entry to the anchor file: procura trust export --issuer URL`,
  signature_invalid: (facts) => `do not edit credentials, nor mix links of two chains; ${remake(facts)}`,
  key_not_authorized: (facts) => `sign with a key of the issuer's own DID; ${remake(facts)}`,
  chain_broken: (facts) => `give all links of one chain in order, owner first; ${remake(facts)}`,
  chain_required: () => 'send Agent-Delegation and sign the request; agent.fetch does both',
  capability_escalated: (facts) => `grant no more than the link above; ${remake(facts)}`,
  depth_exceeded: (facts) => `ask for a larger --max-depth above, or use fewer links; ${remake(facts)}`,
  not_authorized: fixScope,
  constraint_violated: (facts) => `stay within the constraint, or let it be widened; ${remake(facts)}`,
  audience_mismatch: ({ audience }) => `present it to the service it was made for, not to ${audience}`,
  tenant_mismatch: () => 'if this tenant is to be trusted, add it to "tenants" in the anchor file',
  environment_mismatch: ({ links, environment }) =>
    `it is for ${environmentOf(links[0]) ?? 'another environment'}, asked was --environment ${environment}`,
  not_yet_valid: ({ at }) => `wait until ${timeOf(at?.credential.validFrom)}, or compare the clocks`,
  expired: (facts) => `it ended at ${timeOf(facts.at?.credential.validUntil)}; ${remake(facts)}`,
  revoked: fixRevoked,
  suspended: () => 'let whoever suspended it resume it: procura grant, agent or owner resume',
  status_missing: (facts) => `use a link that can be revoked; ${remake(facts)}`,
  status_unavailable: ({ syncProblem }) =>
    syncProblem ?? 'run `procura status pull` again, its list is not in the mirror',
  status_stale: () => 'run `procura status pull` again, or allow an older status with --freshness',
  status_invalid: (facts) => `compare the anchor file with that of the authority; ${remake(facts)}`,
  status_rollback: () => 'the status issuer showed an older state than before; its operator must look',
  holder_proof_invalid: ({ audience, links }) =>
    `sign this very request, for ${audience} and at most 60 s before, with the key of ${links.at(-1)?.credential.subject.id ?? 'the last link'}`,
  replayed: () => 'sign each request anew',
  replay_unavailable: () => 'try again shortly',
  usage_exhausted: () => 'wait for the next window, or ask the owner for more',
  usage_unavailable: () => 'try again shortly',
  approval_required: () => 'ask the owner to approve it',
  did_unresolvable: () => 'check the network to the host of the DID',
}

/** What an emergency list names counts no more, however it is issued anew. */
function fixRevoked(facts: Facts): string {
  return facts.refusal.dimension === 'emergency'
    ? 'nothing lifts it: a listed owner needs another DID (procura owner rotate ID --grace 0), a listed key another key, each with its chains made anew; of a listed authority nothing counts'
    : `nothing lifts a revocation; if it was meant for another, ${remake(facts)}`
}

/** Who can make a link again, and with which command. */
function remake({ refusal: { link }, at }: Facts): string {
  if (link === undefined) return 'fetch the chain again: procura grant fetch'
  if (link === 0) return 'an admin issues the credential of the owner anew'
  if (link === 1) return 'fetch it again (procura grant fetch), or issue it anew (procura grant create)'
  return `${at?.credential.issuer ?? 'its issuer'} delegates anew: procura delegate`
}

/** What a service does not take, whatever a chain grants: only its operator can change that. */
const LIMITS: ReadonlyMap<string | undefined, string> = new Map([
  ['owner_in_person', 'present the chain of an agent, not that of its owner alone'],
  ['mayGrant', 'the service limits what this authority may grant there: "mayGrant" in the anchor file'],
  ['blocked.owners', 'the service has blocked the owner: "blocked" in the anchor file'],
  ['blocked.agents', 'the service has blocked the agent: "blocked" in the anchor file'],
  ['blocked.software', 'use another version of the software: "blocked" in the anchor file'],
  [
    'assurance',
    'the authority has to identify the owner by a higher level of assurance, and issue its credential anew',
  ],
])

function fixScope(facts: Facts): string {
  const { refusal, ask, audience } = facts
  const limit = LIMITS.get(refusal.dimension)
  if (limit !== undefined) return limit
  if (refusal.dimension === 'identifiers' && ask.identifier === undefined) {
    return 'it grants named resources only: say which one with --identifier'
  }
  const wanted = [
    `action ${ask.action}`,
    `at ${audience}`,
    ...(ask.identifier === undefined ? [] : [`on ${ask.identifier}`]),
  ]
  return `it would have to grant ${wanted.join(' ')}; ${remake(facts)}`
}

function environmentOf(link: ParsedLink | undefined): string | undefined {
  return link?.credential.type === 'OwnerCredential' ? link.credential.subject.environment : undefined
}

function timeOf(ms: number | undefined): string {
  return ms === undefined ? 'its time' : formatTime(ms)
}
