import { ProcuraError } from '../../errors.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import type { Tenant } from '../../issuer/records.ts'
import { serviceContext } from '../../issuer/service-context.ts'

/** What removes itself cannot be evidence: the shortest time for which texts can be kept, in days. */
export const MIN_RETENTION_DAYS = 365

/** The longest that can be asked for, in days: a century. */
export const MAX_RETENTION_DAYS = 36_525

const DAY_MS = 86_400_000

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` for anything but a whole number of days in that range. */
export function assertRetention(days: number | undefined): void {
  const isWhole = days === undefined || Number.isInteger(days)
  if (isWhole && (days ?? MIN_RETENTION_DAYS) >= MIN_RETENTION_DAYS && (days ?? 0) <= MAX_RETENTION_DAYS)
    return
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `auditRetentionDays must be a whole number, ${MIN_RETENTION_DAYS} to ${MAX_RETENTION_DAYS}`,
  )
}

/**
 * Removes the texts of a tenant's entries that are older, as far as the newest checkpoint covers them; each step is an entry of
 * the trail itself. @returns How many.
 */
export async function removeOldTexts(issuer: Issuer, tenant: Tenant, days: number): Promise<number> {
  let removed = 0
  for (;;) {
    const before = issuer.clock() - days * DAY_MS
    const step = await issuer.store.removeAuditTexts(before, serviceContext(issuer, tenant))
    if (step === 0) return removed
    removed += step
  }
}
