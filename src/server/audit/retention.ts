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
 * Announces that the texts of a tenant's older entries go, as far as the newest checkpoint covers them; each step is an entry of
 * the trail itself. @returns Of how many.
 */
export function announceOldTexts(issuer: Issuer, tenant: Tenant, days: number): Promise<number> {
  return inSteps(() =>
    issuer.store.announceRemoval(issuer.clock() - days * DAY_MS, serviceContext(issuer, tenant)),
  )
}

/** Removes the texts of which a checkpoint covers what tells of it, also those of a service that ended before. @returns How many. */
export function removeAnnouncedTexts({ store }: Pick<Issuer, 'store'>, tenant: Tenant): Promise<number> {
  return inSteps(() => store.removeAuditTexts(tenant.id))
}

/** Until a step does nothing; other writes have their turn between two. */
async function inSteps(step: () => Promise<number>): Promise<number> {
  let sum = 0
  for (;;) {
    const some = await step()
    if (some === 0) return sum
    sum += some
  }
}
