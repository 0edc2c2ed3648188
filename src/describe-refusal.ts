import type { Refusal, RefusalCode } from './refusal.ts'

/** What happened and what would mend it, by code. `Link n` and the dimension are put before and after. */
const SENTENCES: Readonly<Record<RefusalCode, string>> = {
  malformed: 'does not have the exact form that the protocol asks for',
  limit_exceeded: 'is larger than this service accepts',
  unsupported: 'uses something that this service does not support',
  untrusted_authority:
    'was issued by an authority that this service does not trust; its operator can add a trust entry',
  signature_invalid: 'has a signature that does not verify; a rotated key may be the cause',
  key_not_authorized: 'is signed with a key that its issuer does not authorise for this',
  chain_broken: 'does not join the link above it',
  chain_required: 'is needed: present the delegation chain and sign the request',
  capability_escalated: 'grants more than the link above it',
  depth_exceeded: 'goes deeper than a link above it allows',
  not_authorized: 'does not grant what is asked; ask the owner for a grant that covers it',
  constraint_violated: 'grants it under a constraint that the request does not meet',
  audience_mismatch: 'was presented for another service',
  tenant_mismatch: 'belongs to a tenant that this service does not accept from the authority',
  environment_mismatch: 'belongs to another environment than this service',
  not_yet_valid: 'is not valid yet',
  expired: 'has expired; fetch the chain again',
  revoked: 'is revoked, for good',
  suspended: 'is suspended; whoever suspended it can resume it',
  status_missing: 'has no status entry, which this action needs',
  status_unavailable: 'has a status list that this service does not hold yet; try again shortly',
  status_stale: 'has a status that is older than the policy of this service allows',
  status_invalid: 'has a status that cannot be believed',
  status_rollback: 'has a status that is older than one seen before',
  holder_proof_invalid: 'is not proven by a good signature of the presenter over this very request',
  replayed: 'was presented with a signature that was used before; sign each request anew',
  replay_unavailable: 'cannot be told from a replay right now; try again shortly',
  usage_exhausted: 'has been used as often or as much as it allows',
  usage_unavailable: 'has a usage that cannot be counted right now; try again shortly',
  approval_required: 'needs an approval for this',
  did_unresolvable: 'has an issuer whose keys cannot be found right now',
}

/** Dimensions of `not_authorized` that stand for the service itself: no grant would help. */
const OF_THE_SERVICE: ReadonlySet<string | undefined> = new Set([
  'owner_in_person',
  'mayGrant',
  'assurance',
  'blocked.owners',
  'blocked.agents',
  'blocked.software',
])

/**
 * A sentence for a log, an operator or the presenter. It names positions, rules and limits; never tokens, keys or
 * claims.
 */
export function describeRefusal({ code, link, dimension, inherited }: Refusal): string {
  const subject = link === undefined ? 'The presentation' : `Link ${link} of the delegation chain`
  const where = dimension === undefined ? '' : ` (${dimension})`
  const origin = inherited === true ? ', and with it everything below it' : ''
  const isOfService = code === 'not_authorized' && OF_THE_SERVICE.has(dimension)
  const sentence = isOfService
    ? 'is not taken by this service for what is asked; ask its operator'
    : SENTENCES[code]
  return `${subject} ${sentence}${where}${origin}.`
}
