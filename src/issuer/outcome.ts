import type { Refusal } from '../refusal.ts'
import type { WriteRefusal, Written } from './ports.ts'

/** Why a use case was not carried out; nothing was released. The server maps each to a problem (docs/api.md). */
export type IssuerRefusal =
  | WriteRefusal
  /** Wider than what the owner holds; nothing was allocated. `dimension`: the first that no entitlement covers. */
  | { readonly code: 'exceeds_entitlements'; readonly dimension: string }
  /** Wider than the delegation that it would narrow. */
  | { readonly code: 'exceeds_delegation'; readonly dimension: string }
  /** What was asked for makes no credential that a verifier would accept. `member`: path of the member. */
  | { readonly code: 'invalid_terms'; readonly member: string }
  | { readonly code: 'chain_refused'; readonly refusal: Refusal }
  | { readonly code: 'delegation_expired' }
  /** It has a limit that is never given anew; renewing it would. */
  | { readonly code: 'not_renewable' }

/** What a use case answers: the value, or why nothing was done. */
export type Outcome<T> = Written<T> | { readonly done: false; readonly refusal: IssuerRefusal }

export function refused<T>(refusal: IssuerRefusal): Outcome<T> {
  return { done: false, refusal }
}

export function done<T>(value: T, replayed = false): Outcome<T> {
  return { done: true, value, replayed }
}

/** How often something is tried when others are quicker, before the caller is told. */
const MAX_ATTEMPTS = 3

/** Does it again when somebody else changed the same thing meanwhile; `attempt` must read it anew. */
export async function unlessRaced<T>(attempt: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  for (let n = 1; n < MAX_ATTEMPTS; n++) {
    const outcome = await attempt()
    if (outcome.done || !isRace(outcome.refusal)) return outcome
  }
  return await attempt()
}

function isRace(refusal: IssuerRefusal): boolean {
  return refusal.code === 'conflict' && refusal.reason === 'changed_meanwhile'
}
