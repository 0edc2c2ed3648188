import { createUuidUrn } from '../core/uuid.ts'
import type { Mechanism } from '../model/chain.ts'
import { refreshAt } from '../model/credential.ts'
import type { OwnerWithCredential } from './create-owner.ts'
import { NO_TERMS } from './delegation-terms.ts'
import { inForm } from './issue-credential.ts'
import { DEFAULT_MECHANISM, type IssuedCredential } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { OWNER_CREDENTIAL_MS } from './lifetimes.ts'
import { done, type Outcome, unlessRaced } from './outcome.ts'
import type { WriteContext } from './ports.ts'
import type { Owner, Tenant } from './records.ts'

/**
 * The owner's link 0 in the form that is wanted, issued when there is none and renewed when half its life is over or the key
 * that signed it was revoked, with the same id and index (docs/spec/08-lifecycle.md). Several callers at once get the same one.
 */
export function ensureOwnerCredential(
  issuer: Issuer,
  { tenant, owner }: { readonly tenant: Tenant; readonly owner: Owner },
  wanted: Mechanism,
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  // Nothing more than these two: an agent among them would make it link 1.
  const parties = { tenant, owner }
  return unlessRaced(async () => {
    const held = await issuer.store.ownerCredential(tenant.id, owner.id)
    const planned = await nextStep(issuer, parties, held, context)
    if (!planned.done) return planned
    return await inForm(issuer, parties, { credential: planned.value, wanted }, context)
  })
}

/**
 * An owner who was changed, with the credential that says so. What keeps that from being issued, such as a hold, undoes no change: it
 * is issued when it is next needed.
 */
export async function withCredential(
  issuer: Issuer,
  parties: { readonly tenant: Tenant; readonly owner: Owner },
  context: WriteContext,
): Promise<OwnerWithCredential> {
  const { owner } = parties
  const credential = await ensureOwnerCredential(issuer, parties, DEFAULT_MECHANISM, context)
  return credential.done ? { owner, credential: credential.value } : { owner }
}

/** What is in force, what an interrupted request had planned, or a new plan. */
async function nextStep(
  issuer: Issuer,
  parties: { readonly tenant: Tenant; readonly owner: Owner },
  held: IssuedCredential | undefined,
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  if (held === undefined) return await plan(issuer, parties, context)
  return isCurrent(issuer, parties.owner, held) ? done(held) : await renew(issuer, held, context)
}

/** What is not signed yet will say what the rows say by then. */
function isCurrent({ clock }: Issuer, owner: Owner, held: IssuedCredential): boolean {
  const isSaid = held.state === 'planned' || held.ownerVersion === owner.version
  return clock() < refreshAt(held) && isSaid
}

function plan(
  { store, clock, random }: Issuer,
  { tenant, owner }: { readonly tenant: Tenant; readonly owner: Owner },
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  const { idempotency: _, ...once } = context
  const validFrom = clock()
  const input = {
    tenant: tenant.id,
    id: createUuidUrn(random),
    kind: 'owner' as const,
    ownerId: owner.id,
    ownerVersion: owner.version,
    leaseSize: 0,
    terms: NO_TERMS,
    validFrom,
    validUntil: validFrom + OWNER_CREDENTIAL_MS,
  }
  return store.planCredential(input, once)
}

function renew(
  { store, clock }: Issuer,
  { tenant, id, validUntil }: IssuedCredential,
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  const validFrom = clock()
  return store.planRenewal(
    {
      tenant,
      id,
      previousValidUntil: validUntil,
      leaseSize: 0,
      validFrom,
      validUntil: validFrom + OWNER_CREDENTIAL_MS,
    },
    context,
  )
}
