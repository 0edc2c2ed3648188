import type { Tenant } from '../issuer/ports.ts'
import { statusBase } from '../issuer/status-address.ts'
import { headUrl } from '../status/layout.ts'

/**
 * What a service provider needs in order to trust one tenant, with exactly the members that a verifier reads (spec 10
 * "Trust entry"). As a file: the anchor file.
 */
export interface TrustEntry {
  readonly authority: string
  readonly statusIssuer: string
  readonly statusOrigins: readonly string[]
  readonly head: string
  readonly tenants: readonly string[]
}

export function trustEntry(origin: string, tenant: Tenant): TrustEntry {
  const base = statusBase(origin, tenant.id)
  return {
    authority: tenant.authority,
    statusIssuer: tenant.statusIssuer,
    statusOrigins: [`${base}/`],
    head: headUrl(base),
    tenants: [tenant.id],
  }
}
