import type { JsonObject } from '../core/json.ts'
import { accept, type Verdict } from '../refusal.ts'
import type { Listed } from '../status/listed.ts'
import type { StatusTrust } from '../status/status-jws.ts'
import type { AuthorityTrust } from './authority-trust.ts'
import type { EmergencyFollower } from './emergency-follower.ts'
import type { HeldStatus } from './held-status.ts'
import { encodeStatus, openStatus, type WrittenStatus } from './kept-status.ts'
import type { TrustEntry } from './trust.ts'

/** What is held of one authority, and whom it is trusted with. */
interface Holding {
  readonly trust: AuthorityTrust
  readonly held: HeldStatus
  readonly emergency: EmergencyFollower
}

interface TakeWrittenOptions extends Holding {
  /** Before anything new is believed. */
  readonly begin: (entry: TrustEntry) => Promise<Verdict<void>>
  readonly context: (entry: TrustEntry) => StatusTrust
  /** Has what was said by keys that are gone count no more. @param before What was listed when this was asked last. */
  readonly keepKeys: (entry: TrustEntry, before: Listed) => Promise<void>
}

/** What is held, written down for others; `undefined` while nothing is. */
export async function writeStatus({ trust, held, emergency }: Holding): Promise<JsonObject | undefined> {
  const entry = trust.read()
  const written = entry.verified ? held.written(entry.value.statusIssuer) : undefined
  if (!entry.verified || written === undefined) return undefined
  const about = { authority: trust.authority, source: entry.value.head, emergency: emergency.token }
  return encodeStatus({ ...about, documents: trust.keptDocuments() }, written.snapshot)
}

/** Takes in what somebody else wrote down, whose word on documents of DIDs on the web was checked. Fetches nothing. */
export async function takeWritten(
  written: WrittenStatus,
  { trust, held, emergency, begin, context, keepKeys }: TakeWrittenOptions,
): Promise<Verdict<void>> {
  await trust.restore(written.documents)
  const entry = trust.read()
  if (!entry.verified) return entry
  const ready = await begin(entry.value)
  if (!ready.verified) return ready
  const { listed } = emergency
  const snapshot = await openStatus(written, entry.value, context(entry.value), emergency)
  await keepKeys(entry.value, listed)
  const taken = snapshot.verified ? held.acceptSnapshot(snapshot.value) : snapshot
  return taken.verified ? accept(undefined) : taken
}
