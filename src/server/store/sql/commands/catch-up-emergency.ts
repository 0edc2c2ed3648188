import type { FoundStatus } from '../../../../issuer/catch-up-store.ts'
import type { WriteContext } from '../../../../issuer/ports.ts'
import { readEmergency } from '../emergency.ts'
import type { WriteSession } from '../session.ts'
import { insertEmergencyEntry, replaceEmergency } from './emergency.ts'

/** What was listed after the backup stays listed; the list is signed anew with a number after the one that was found. */
export async function adoptEmergency(
  session: WriteSession,
  tenant: string,
  { emergency }: FoundStatus,
  { at }: WriteContext,
): Promise<void> {
  if (emergency === undefined) return
  const { keys, owners, authority, issuer, seq, digest, token: jwt } = emergency
  const { entries } = await readEmergency(session.db, tenant)
  const found = [
    ...keys.map((name) => ({ kind: 'key', name }) as const),
    ...owners.map((name) => ({ kind: 'owner', name }) as const),
    ...(authority ? [{ kind: 'authority', name: issuer } as const] : []),
  ]
  const isNew = ({ kind, name }: (typeof found)[number]) =>
    !entries.some((entry) => entry.kind === kind && entry.name === name)
  let number = entries.at(-1)?.number ?? 0
  for (const entry of found.filter(isNew)) {
    number++
    const reason = 'found published'
    await insertEmergencyEntry(session, tenant, { ...entry, number, reason, addedAt: at })
  }
  await replaceEmergency(session, tenant, { seq, digest, lastEntry: 0, keyId: '', jwt })
}
