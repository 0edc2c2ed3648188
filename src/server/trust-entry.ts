import type { Tenant } from '../issuer/records.ts'
import { statusBase } from '../issuer/status-address.ts'
import { headUrl } from '../status/layout.ts'
import type { TrustEntry } from '../verifier/trust.ts'

/** What a service provider needs in order to trust one tenant; as a file, the anchor file. */
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
