import type { Did } from '../model/did.ts'
import type { OwnerWithCredential } from './create-owner.ts'
import { DEFAULT_MECHANISM } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { done, type Outcome } from './outcome.ts'
import { ensureOwnerCredential } from './owner-credential.ts'
import type { WriteContext } from './ports.ts'
import type { Agent, Id, Owner, Tenant } from './records.ts'

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

/**
 * Gives an owner another key in custody and destroys the old one. What rests on the old one can be presented until the grace ends;
 * each agent gets its delegations anew when it asks.
 */
export async function rotateOwnerKey(
  issuer: Issuer,
  {
    tenant,
    owner,
    graceSeconds,
  }: { readonly tenant: Tenant; readonly owner: Owner; readonly graceSeconds: number },
  context: WriteContext,
): Promise<Outcome<OwnerWithCredential>> {
  const { store, keys } = issuer
  const did = await keys.createOwnerKey(tenant.id)
  const rotation = { id: owner.id, did, endsAt: context.at + graceSeconds * 1000 }
  const rotated = await store.rotateOwnerKey(rotation, context)
  if (!rotated.done) return rotated
  const parties = { tenant, owner: rotated.value }
  const credential = await ensureOwnerCredential(issuer, parties, DEFAULT_MECHANISM, context)
  return credential.done ? done({ owner: rotated.value, credential: credential.value }) : credential
}
