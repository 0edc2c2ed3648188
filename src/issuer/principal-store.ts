import type { Did } from '../model/did.ts'
import type { Page, Paged, WriteContext, Written } from './ports.ts'
import type { PrincipalId } from './principal-id.ts'
import type { Principal } from './records.ts'

/** An administrator that was made on the host, of which no log tells yet. */
export interface Recovery {
  readonly tenant: string
  readonly did: PrincipalId
  /** The administrator that ended with it. */
  readonly replaced?: Did
}

/** Who may call, in the issuer's memory; what `Store` promises of each method holds here too. */
export interface PrincipalStore {
  /** The principal that may call with this DID, of whatever tenant; `undefined` for unknown or ended ones. */
  principal(did: PrincipalId): Promise<Principal | undefined>
  principals(tenant: string, page: Page): Promise<Paged<Principal>>
  /** Lets a person or platform call the API in a role of their own; `did_in_use` when any tenant knows the DID. */
  addPrincipal(
    did: PrincipalId,
    role: 'admin' | 'auditor' | 'revoker',
    context: WriteContext,
  ): Promise<Written<Principal>>
  /** Ends such a role. Refused with `last_admin` when nobody could administer the tenant any more. */
  removePrincipal(did: PrincipalId, context: WriteContext): Promise<Written<Principal>>
  /**
   * Makes the caller an administrator, by the word of the host alone, and ends another one if one is named; `not_found` when
   * that is none.
   */
  recoverAdmin(replaced: Did | undefined, context: WriteContext): Promise<Written<Principal>>
  /** Of all tenants, those of which no log tells yet. */
  recoveries(): Promise<readonly Recovery[]>
  /** A log tells of it now. */
  tellRecovery(recovery: Recovery): Promise<void>
}
