import { checkEmergency, ReleaseRefused, type ReleaseTrust } from './check-release.ts'
import type { Issuer } from './issuer.ts'
import { emergencyFile } from './status-files.ts'
import type { TargetFiles } from './target-files.ts'

/** Brings the emergency list of a tenant to a target: before anything else, for what it names may be why the rest cannot be released. */
export async function showEmergency(
  { store, clock }: Issuer,
  tenant: string,
  files: TargetFiles,
  trust: ReleaseTrust,
): Promise<void> {
  const { published } = await store.emergency(tenant)
  if (published === undefined) return
  const file = emergencyFile(tenant, published)
  const shown = await files.look(file.path)
  if (shown === file.body) return
  const refused = await checkEmergency(published, shown, { ...trust, now: clock() })
  if (refused !== undefined) throw new ReleaseRefused(refused)
  await files.replace(file)
}
