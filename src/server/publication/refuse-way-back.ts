import { formatDateTime } from '../../core/date-time.ts'
import { ProcuraError } from '../../errors.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import type { PublicationTarget } from '../../issuer/publication-target.ts'
import { TargetPublication } from '../../issuer/publish-to-target.ts'
import { headPath } from '../../issuer/status-files.ts'
import type { Logger } from '../logger.ts'

/**
 * Asks every target, before anything is published, whether it shows more than the registry knows: then the registry is an old copy,
 * and going on would take revocations back and give indexes twice. A target that does not answer is no reason to stand still, and is
 * not asked about further tenants.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` that says what to do.
 */
export async function refuseWayBack(
  issuer: Issuer,
  targets: readonly PublicationTarget[],
  log: Logger,
): Promise<void> {
  for (const target of targets) {
    const behind = await tenantBehind(issuer, target, log)
    if (behind !== undefined) throw oldCopy(behind, target)
  }
}

/**
 * Asks the registry whether it was restored and has not caught up: nobody can tell then what was done since.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` that says what to do.
 */
export async function refuseUnfinishedRestore(store: Pick<Issuer['store'], 'restorations'>): Promise<void> {
  const [first] = await store.restorations()
  if (first === undefined) return
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `the registry was restored from a backup of ${formatDateTime(first.backupAt)} and does not know what was done since; run "procura catch-up --published PLACE" with the place where it was published last (docs/operations.md "Back up and restore")`,
  )
}

interface Behind {
  readonly tenant: string
  readonly fault: WayBack
}

/** What says, or would say if anybody could check it, that the registry is an old copy. */
const WAYS_BACK = ['target_ahead', 'target_forked', 'target_key_unknown'] as const

type WayBack = (typeof WAYS_BACK)[number]

/** @returns The first tenant of whom the target shows more, or claims to. */
async function tenantBehind(
  issuer: Issuer,
  target: PublicationTarget,
  log: Logger,
): Promise<Behind | undefined> {
  for (const tenant of await issuer.store.tenants()) {
    try {
      const shown = await new TargetPublication(issuer, tenant, target).compare()
      const fault = WAYS_BACK.find((one) => one === shown?.fault)
      if (fault !== undefined) return { tenant: tenant.id, fault }
    } catch (err) {
      const { kind } = target
      log.warn({ err, target: kind }, 'whether the target shows more than the registry knows is not known')
      return undefined
    }
  }
  return undefined
}

function oldCopy({ tenant, fault }: Behind, { kind }: PublicationTarget): ProcuraError {
  const place = kind === 'directory' ? 'the directory' : 'the bucket'
  const message =
    fault === 'target_key_unknown'
      ? `${place} shows a head of tenant ${tenant} with a number beyond the registry's, by a key that the registry never had, so that nobody can tell whose it is; if the status key was rotated after this copy of the registry was made, restore a newer backup, or bring this one forward with "procura catch-up"; if it was not, somebody else wrote it: remove ${headPath(tenant)} there, or start without that target, and see who may write there (docs/operations.md "Alarms")`
      : `the registry is an old copy: ${place} shows a newer status of tenant ${tenant} than it knows, and publishing would take revocations back; restore a newer backup, or bring this one forward with "procura catch-up" (docs/operations.md "Back up and restore")`
  return new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message)
}
