import { CLOCK_SKEW_MS } from '../core/clock.ts'
import { ChargeSearch, type TotalCharge } from '../delegation/charge-search.ts'
import { chargesOf, type LinkCharges } from '../delegation/charges.ts'
import type { ParsedChain } from '../model/chain.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { proofInvalid } from '../securing/http-signature/proof-invalid.ts'
import type { UsageCharge, UsageStore } from './ports.ts'
import {
  type AcceptedPresentation,
  acceptAgain,
  type Case,
  type Outcome,
  reject,
  requestOf,
} from './verify-presentation.ts'

/*
 * Step 11 of docs/spec/07-verifying.md. Loaded when the first chain is met that has a counted limit.
 */

/**
 * How often a store is asked for one request: as often as a link may have entries. Beyond that a request is refused
 * although some combination of entries might be left, which takes a chain that was made for it.
 */
const MAX_ATTEMPTS = 32

/** How long usage is kept after it has ended, in milliseconds: two processes that share it may be apart by as much. */
const KEPT_AFTER_MS: number = 2 * CLOCK_SKEW_MS

/** What was taken for a request that passed. */
export interface Reservation {
  /** Gives it back, once. Never rejects: what cannot be given back stays used. */
  release(): Promise<void>
}

/**
 * Takes what a request needs from every counted limit of its chain, all or nothing, before the action: whatever happens
 * afterwards, it is used, unless it is released. What changed while the store was waited for is judged once more; a
 * presentation that is not good any more gets back what it took.
 *
 * @param accepted By all the steps before.
 * @returns `usage_exhausted` with link and kind, `usage_unavailable` when the store cannot tell; for a bearer token
 *   `holder_proof_invalid`, as it can be shown again; `constraint_violated` when links measure one limit differently.
 */
export async function reserveUsage(given: Case, accepted: AcceptedPresentation): Promise<Outcome> {
  const { now, proofEndsAt } = accepted.acceptance
  const request = requestOf(given, now)
  const links = request === undefined ? [] : chargesOf(accepted.chain, request)
  if (links.length === 0) return accepted
  if (given.presentation.isReusable === true) return reject('usage', proofInvalid('bearer').refusal, true)
  const reserved = await reserveCharges(links, userOf(accepted.chain), now, given.context.usage)
  if (!reserved.verified) return reject('usage', reserved.refusal, true)
  const reservation = reserved.value
  const again = await acceptAgain(given, proofEndsAt)
  if (again.verified) return { ...again, reservation }
  await reservation.release()
  return { ...again, after: 'usage' }
}

async function reserveCharges(
  links: readonly LinkCharges[],
  agent: string,
  now: number,
  store: UsageStore,
): Promise<Verdict<Reservation>> {
  const search = new ChargeSearch(links, now)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const totals = search.choose()
    if (!totals.verified) return totals
    const charges = totals.value.map(toUsageCharge)
    const answer = await store.reserve(agent, charges)
    if (answer === 'reserved') return accept(reservationOf(store, agent, charges))
    if (answer === 'unavailable') return refuse('usage_unavailable')
    const keys = new Set(answer.exhausted.map((position) => charges[position]?.key ?? ''))
    const refused = search.exclude(keys)
    if (refused !== undefined) return refused
  }
  return refuse('usage_exhausted')
}

/**
 * Who uses: the agent of link 1, with all that it made. The owner is named too, because an owner who signs link 1
 * could name the agent of another. No part has a space.
 */
function userOf(chain: ParsedChain): string {
  const [{ credential: owner }, first] = chain
  const subject = first?.credential.subject
  const agentId = subject?.kind === 'Agent' ? subject.agentId : ''
  return `${owner.issuer} ${owner.subject.id} ${agentId}`
}

function toUsageCharge({ key, amount, max, endsAt }: TotalCharge): UsageCharge {
  return { key, amount, max, keepUntil: endsAt + KEPT_AFTER_MS }
}

function reservationOf(store: UsageStore, agent: string, charges: readonly UsageCharge[]): Reservation {
  let releasing: Promise<void> | undefined
  return {
    release: () => {
      releasing ??= Promise.resolve(store.release(agent, charges))
      return releasing
    },
  }
}
