import type { Tenant } from '../../issuer/records.ts'

/**
 * What a tenant calls itself in security events. The one that was set up first is the origin; others have a path, under which their
 * configuration is found as well (SSF 1.0 §7.2.1).
 */
export function signalsIssuer(origin: string, tenants: readonly Tenant[], tenant: string): string {
  return tenants[0]?.id === tenant ? origin : `${origin}${signalsPath(tenant)}`
}

export function signalsPath(tenant: string): string {
  return `/signals/${tenant}`
}
