import type { JsonObject } from '../core/json.ts'
import { createUuidUrn } from '../core/uuid.ts'
import type { Did } from '../model/did.ts'
import type { Refused } from '../refusal.ts'
import { NO_TERMS, parseEntitlements } from './delegation-terms.ts'
import { createId } from './ids.ts'
import { invalidTerms, preflight } from './issue-credential.ts'
import { DEFAULT_MECHANISM, type IssuedCredential } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { OWNER_CREDENTIAL_MS } from './lifetimes.ts'
import { done, type IssuerRefusal, type Outcome, refused } from './outcome.ts'
import { ensureOwnerCredential } from './owner-credential.ts'
import type { WriteContext } from './ports.ts'
import type { OidcSubject } from './principal-id.ts'
import type { NewOwner, Owner, Tenant } from './records.ts'

/** An owner to be: who is accountable, and what the owner shall hold. */
export interface OwnerRequest {
  readonly name: string
  /** Name of the accountable human; the credential names only an opaque id. */
  readonly accountableName: string
  readonly team?: string
  readonly subject?: OidcSubject
  readonly assurance: string
  readonly environment: string
  readonly entitlements: readonly JsonObject[]
  readonly revokers: readonly Did[]
  /** With which the person calls the API. */
  readonly principal?: Did
}

/** An owner and its link 0, which one that is suspended does not get. */
export interface OwnerWithCredential {
  readonly owner: Owner
  readonly credential?: IssuedCredential
}

/**
 * Creates an owner with a custody key and issues link 0 (docs/spec/08-lifecycle.md). Interrupted between the two,
 * the owner stands without credential, which the next request that needs one issues.
 */
export async function createOwner(
  issuer: Issuer,
  tenant: Tenant,
  request: OwnerRequest,
  context: WriteContext,
): Promise<Outcome<OwnerWithCredential>> {
  const entitlements = parseEntitlements(request.entitlements)
  if (!entitlements.verified) return refused(invalidEntitlements(entitlements))
  const row = await newOwner(issuer, tenant, request)
  const invalid = preflight(issuer, { tenant, owner: asOwner(row, issuer.clock()) }, draftCredential(issuer))
  if (invalid !== undefined) return refused(invalid)
  const owner = await issuer.store.createOwner(row, context)
  if (!owner.done) return owner
  const credential = await ensureOwnerCredential(
    issuer,
    { tenant, owner: owner.value },
    DEFAULT_MECHANISM,
    context,
  )
  return credential.done
    ? done({ owner: owner.value, credential: credential.value }, owner.replayed)
    : credential
}

/** A request calls them by another name than the credential. */
export function invalidEntitlements(unread: Refused): IssuerRefusal {
  const { code, member } = invalidTerms(unread)
  return { code, member: member.replace('authorizationDetails', 'entitlements') }
}

async function newOwner(issuer: Issuer, tenant: Tenant, request: OwnerRequest): Promise<NewOwner> {
  return {
    ...request,
    tenant: tenant.id,
    id: createId('own', issuer.random),
    did: await issuer.keys.createOwnerKey(tenant.id),
    accountable: createUuidUrn(issuer.random),
  }
}

function asOwner({ principal: _, ...row }: NewOwner, now: number): Owner {
  return { ...row, state: 'active', suspended: false, version: 1, createdAt: now }
}

/** A credential of nobody yet, for linting. */
export function draftCredential({ clock, random }: Issuer): Parameters<typeof preflight>[2] {
  const validFrom = clock()
  const validUntil = validFrom + OWNER_CREDENTIAL_MS
  return {
    id: createUuidUrn(random),
    terms: NO_TERMS,
    validFrom,
    validUntil,
    leaseSize: 0,
    mechanism: DEFAULT_MECHANISM,
  }
}
