import type { Issuer } from './issuer.ts'
import type { Outcome } from './outcome.ts'
import type { WriteContext } from './ports.ts'
import type { ActingRole, Hold, HoldTarget, Rank } from './records.ts'

/** With which rank a role places and lifts holds (docs/spec/08-lifecycle.md); who has none places none. */
const RANK_OF_ROLE: Readonly<Record<ActingRole, Rank | undefined>> = {
  admin: 'admin',
  revoker: 'revoker',
  owner: 'owner',
  agent: 'ancestor',
  auditor: undefined,
  service: undefined,
  holder: undefined,
  transmitter: undefined,
}

/** Suspends: places a hold of the caller's rank. The bit is the OR of all holds. */
export async function suspend(
  { store }: Issuer,
  target: HoldTarget,
  reason: string,
  context: WriteContext,
): Promise<Outcome<Hold>> {
  const rank = RANK_OF_ROLE[context.principal.role]
  return rank === undefined ? outranked() : await store.placeHold(target, rank, reason, context)
}

/** Resumes: lifts the caller's holds and those of lower rank; refused while a hold of somebody else would remain. */
export async function resume(
  { store }: Issuer,
  target: HoldTarget,
  context: WriteContext,
): Promise<Outcome<readonly Hold[]>> {
  const rank = RANK_OF_ROLE[context.principal.role]
  return rank === undefined ? outranked() : await store.liftHolds(target, rank, context)
}

function outranked<T>(): Outcome<T> {
  return { done: false, refusal: { code: 'not_allowed', reason: 'outranked' } }
}
