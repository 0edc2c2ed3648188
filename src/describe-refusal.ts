import type { Refusal, RefusalCode } from './refusal.ts'

/** What happened, and what would mend it. */
interface Sentence {
  /** What a link is or does. */
  readonly link: string
  /** The same where no single link is at fault. Default: said of the presentation. */
  readonly whole?: string
  readonly fix?: string
}

const SHORTLY = 'try again shortly'

/** By code. The dimension is put between what happened and what would mend it. */
const SENTENCES: Readonly<Record<RefusalCode, Sentence>> = {
  malformed: { link: 'does not have the exact form that the protocol asks for' },
  limit_exceeded: { link: 'exceeds a limit of this service' },
  unsupported: { link: 'uses something that this service does not support' },
  untrusted_authority: {
    link: 'was issued by an authority that this service does not trust',
    fix: 'its operator can add a trust entry',
  },
  signature_invalid: { link: 'has a signature that does not verify', fix: 'a rotated key may be the cause' },
  key_not_authorized: { link: 'is signed with a key that its issuer does not authorise for this' },
  chain_broken: {
    link: 'does not join the link above it',
    whole: 'The links of the delegation chain do not join',
  },
  chain_required: {
    link: 'is needed',
    whole: 'The request presents no delegation chain that is known here',
    fix: 'present the chain and sign the request',
  },
  capability_escalated: {
    link: 'grants more than the link above it',
    whole: 'A link of the delegation chain grants more than the link above it',
  },
  depth_exceeded: {
    link: 'goes deeper than a link above it allows',
    whole: 'The delegation chain goes deeper than its links allow',
  },
  not_authorized: {
    link: 'does not grant what is asked',
    whole: 'The delegation chain does not grant what is asked',
    fix: 'ask the owner for a grant that covers it',
  },
  constraint_violated: {
    link: 'grants what is asked under a constraint that the request does not meet',
    whole: 'The delegation chain grants what is asked under a constraint that the request does not meet',
  },
  audience_mismatch: {
    link: 'was made for another service',
    fix: 'its audience must be the origin of this one',
  },
  tenant_mismatch: { link: 'belongs to a tenant that this service does not accept from the authority' },
  environment_mismatch: { link: 'belongs to another environment than this service' },
  not_yet_valid: { link: 'is not valid yet', fix: 'compare the clocks' },
  expired: { link: 'has expired', fix: 'fetch the chain again' },
  revoked: { link: 'is revoked, for good' },
  suspended: { link: 'is suspended', fix: 'whoever suspended it can resume it' },
  status_missing: { link: 'has no status entry, which this action needs' },
  status_unavailable: { link: 'has a status that this service does not know at present', fix: SHORTLY },
  status_stale: { link: 'has a status that is older than this service accepts for this', fix: SHORTLY },
  status_invalid: { link: 'has a status that breaks the rules, and cannot be believed' },
  status_rollback: { link: 'has a status that is older than one seen before' },
  holder_proof_invalid: {
    link: 'is not proven to be shown by its presenter',
    whole: "The presenter's signature is missing, does not verify, or is not for this very request",
  },
  replayed: {
    link: 'was shown before',
    whole: "The presenter's signature was used before",
    fix: 'sign each request anew',
  },
  replay_unavailable: {
    link: 'cannot be told from a replay at present',
    whole: 'Whether this is a replay cannot be told at present',
    fix: SHORTLY,
  },
  usage_exhausted: {
    link: 'has been used as often or as much as it allows',
    whole: 'The delegation chain has been used as often or as much as it allows',
  },
  usage_unavailable: {
    link: 'has limits that cannot be counted at present',
    whole: 'What was used of the limits of the delegation chain cannot be counted at present',
    fix: SHORTLY,
  },
  approval_required: { link: 'needs an approval for what is asked' },
  did_unresolvable: { link: 'has an issuer whose keys cannot be found at present' },
}

/** The service itself does not take it: no grant would help. */
const OF_THE_SERVICE: Sentence = {
  link: 'is not taken by this service for what is asked',
  fix: 'ask its operator',
}

const WITHOUT_RULE: Sentence = {
  link: 'is not looked at',
  whole: 'This service has no rule for what is asked',
  fix: 'no grant would help, its operator can add one',
}

const CLOCKS = 'compare the clocks, and sign each request when it is sent'
const AMOUNT = 'the request must state a value within its limits, in its currency if it names one'

const NOT_STARTED = 'its operator has to call start() or sync() of the verifier'

/** By code and dimension, where more can be said than by the code alone. */
const SPECIAL: ReadonlyMap<string, Partial<Sentence>> = new Map(
  Object.entries({
    'not_authorized owner_in_person': OF_THE_SERVICE,
    'not_authorized mayGrant': OF_THE_SERVICE,
    'not_authorized assurance': OF_THE_SERVICE,
    'not_authorized blocked.owners': OF_THE_SERVICE,
    'not_authorized blocked.agents': OF_THE_SERVICE,
    'not_authorized blocked.software': OF_THE_SERVICE,
    'not_authorized tools': WITHOUT_RULE,
    'not_authorized requests': WITHOUT_RULE,
    'constraint_violated range': { fix: AMOUNT },
    'constraint_violated budget': { fix: AMOUNT },
    'constraint_violated one_of': { fix: 'the request must state one of its values' },
    'constraint_violated time': { fix: 'it holds at other times' },
    'constraint_violated cidr': {
      fix: 'the request must come from its networks, and the service must know the address',
    },
    'status_unavailable not_started': { fix: NOT_STARTED },
    'did_unresolvable not_started': { fix: NOT_STARTED },
    'holder_proof_invalid signature': {
      fix: 'a signed request must arrive as it was sent, at exactly the origin that is the audience of the service (localhost is not 127.0.0.1)',
    },
    'holder_proof_invalid content-digest': { fix: 'the body must arrive as it was signed' },
    'holder_proof_invalid body': { fix: 'the verifier must be given the body as it was received' },
    'holder_proof_invalid bearer': { fix: 'this action takes signed requests, not a bearer token' },
    'holder_proof_invalid requestDigest': { fix: 'the token is bound to another call' },
    'holder_proof_invalid session': { fix: 'a session belongs to the agent that opened it' },
    'holder_proof_invalid created': { fix: CLOCKS },
    'holder_proof_invalid expires': { fix: CLOCKS },
    'holder_proof_invalid iat': { fix: CLOCKS },
    'holder_proof_invalid exp': { fix: CLOCKS },
  }),
)

/**
 * A sentence for a log, an operator or the presenter. It names positions, rules and limits; never tokens, keys or
 * claims.
 */
export function describeRefusal({ code, link, dimension, inherited }: Refusal): string {
  const sentence: Sentence = { ...SENTENCES[code], ...SPECIAL.get(`${code} ${dimension}`) }
  const { whole = `The presentation ${sentence.link}`, fix } = sentence
  const what = link === undefined ? whole : `Link ${link} of the delegation chain ${sentence.link}`
  const where = dimension === undefined ? '' : ` (${dimension})`
  const reach = inherited === true ? ', and with it everything below it' : ''
  return `${what}${where}${reach}${fix === undefined ? '' : `; ${fix}`}.`
}
