import { withEach } from '../core/in-turns.ts'
import type { Did } from '../model/did.ts'
import type { OwnerWithCredential } from './create-owner.ts'
import type { Issuer } from './issuer.ts'
import { done, type Outcome } from './outcome.ts'
import { withCredential } from './owner-credential.ts'
import type { WriteContext } from './ports.ts'
import { isAnothersTurn } from './publishing-turn.ts'
import type { Agent, Id, Owner, Tenant } from './records.ts'
import { serviceContext } from './service-context.ts'

/** How long what rests on an old key can still be presented, in seconds: a day at most (spec 10 "Defaults"). */
export const MAX_GRACE_SECONDS = 86_400

/**
 * Gives an agent another key (docs/spec/08-lifecycle.md): from now on only the new one calls the API; credentials of the old one can
 * be presented until the grace ends, and are asked for anew with the new one.
 *
 * @param graceSeconds 0 in an emergency: what the old key holds is revoked in the same transaction.
 */
export function rotateAgentKey(
  { store }: Issuer,
  { id, did, graceSeconds }: { readonly id: Id; readonly did: Did; readonly graceSeconds: number },
  context: WriteContext,
): Promise<Outcome<Agent>> {
  return store.rotateAgentKey({ id, did, endsAt: context.at + graceSeconds * 1000 }, context)
}

/** Which owner gets another key. */
export interface OwnerRotation {
  readonly tenant: Tenant
  readonly owner: Owner
  readonly graceSeconds: number
  /** Whether only the key that the owner was read with is replaced: another process may have been quicker. Default false. */
  readonly isScheduled?: boolean
}

/**
 * Gives an owner another key in custody and destroys the old one. What rests on the old one can be presented until the grace ends;
 * each agent gets its delegations anew when it asks. An owner who is suspended gets no credential for it until the hold is lifted.
 */
export async function rotateOwnerKey(
  issuer: Issuer,
  { tenant, owner, graceSeconds, isScheduled = false }: OwnerRotation,
  context: WriteContext,
): Promise<Outcome<OwnerWithCredential>> {
  const { store, keys } = issuer
  const did = await keys.createOwnerKey(tenant.id)
  const endsAt = context.at + graceSeconds * 1000
  const rotation = { id: owner.id, did, endsAt, ...(isScheduled && { previous: owner.did }) }
  const rotated = await store.rotateOwnerKey(rotation, context)
  if (!rotated.done) return rotated
  const parties = { tenant, owner: rotated.value }
  return done(await withCredential(issuer, parties, context))
}

/** How many owners of a tenant get another key at one look: what their agents then fetch anew comes in small portions. */
const OWNERS_AT_ONCE = 10

/** How many are looked at for that: those for whom it fails do not keep the others from it. */
const OWNERS_LOOKED_AT = 100

/**
 * Replaces the keys of owners that have come of age by their tenant's schedule, with the default grace, each in a transaction of
 * its own. Of several processes the one does it whose turn it is to publish; should two, the second finds another key and leaves
 * it. Where it fails for one owner, the others go on, and it rejects at the end.
 *
 * @param onRotated Told of each owner that has another key.
 */
export async function rotateDueOwnerKeys(issuer: Issuer, onRotated: (owner: Owner) => void): Promise<void> {
  await withEach(await issuer.store.tenants(), async (tenant) => {
    if (tenant.ownerKeyDays === undefined || (await isAnothersTurn(issuer, tenant))) return
    const due = await issuer.store.ownersDue(tenant.id, issuer.clock(), OWNERS_LOOKED_AT)
    let rotated = 0
    await withEach(due, async (owner) => {
      if (rotated >= OWNERS_AT_ONCE) return
      const rotation = { tenant, owner, graceSeconds: MAX_GRACE_SECONDS, isScheduled: true }
      const outcome = await rotateOwnerKey(issuer, rotation, serviceContext(issuer, tenant))
      if (!outcome.done) return
      rotated += 1
      onRotated(outcome.value.owner)
    })
  })
}
