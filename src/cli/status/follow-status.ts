import type { Clock } from '../../core/clock.ts'
import type { DidResolver } from '../../did/resolve-did.ts'
import type { StatusAlarm } from '../../status/alarm.ts'
import { AuthoritySync } from '../../verifier/authority-sync.ts'
import { followedTrust } from './followed-trust.ts'
import type { StatusSource } from './status-source.ts'

/** What was found at the head of each trusted authority. */
export interface FollowedStatus {
  /** By authority. */
  readonly syncs: ReadonlyMap<string, AuthoritySync>
  /** What resolves the DIDs of a chain under each authority, that of the authority on the web too. */
  readonly resolvers: ReadonlyMap<string, DidResolver>
  /** Evidence that a status issuer misbehaves. */
  readonly alarms: readonly StatusAlarm[]
}

/** Looks at every head once, as a verifier does; what could not be had or believed is in the state of each. */
export async function followStatus({ fetch, trust }: StatusSource, clock: Clock): Promise<FollowedStatus> {
  const alarms: StatusAlarm[] = []
  const onAlarm = (alarm: StatusAlarm) => void alarms.push(alarm)
  const syncs = new Map<string, AuthoritySync>()
  const resolvers = new Map<string, DidResolver>()
  for (const [authority, entry] of trust) {
    const followed = followedTrust(entry, fetch, clock)
    resolvers.set(authority, followed.resolver)
    syncs.set(authority, new AuthoritySync({ ...followed, fetch, clock, onAlarm }))
  }
  await Promise.all([...syncs.values()].map((sync) => sync.sync()))
  return { syncs, resolvers, alarms }
}
