import { attenuate } from '../delegation/attenuation.ts'
import { type DelegationTerms, parseEntitlements } from './delegation-terms.ts'
import { invalidTerms } from './issue-credential.ts'
import type { IssuerRefusal } from './outcome.ts'
import type { Owner } from './records.ts'

/** @returns `exceeds_entitlements` when the terms are wider than what the owner holds; `undefined` when they are not. */
export function checkEntitlements(owner: Owner, terms: DelegationTerms): IssuerRefusal | undefined {
  if (terms.authorizationDetails === 'inherit') return undefined
  const entitlements = parseEntitlements(owner.entitlements)
  if (!entitlements.verified) return invalidTerms(entitlements)
  const within = attenuate(entitlements.value, terms.authorizationDetails)
  return within.verified
    ? undefined
    : { code: 'exceeds_entitlements', dimension: within.refusal.dimension ?? 'type' }
}
