import type { Clock, Fetch } from '../core/clock.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { StatusAlarm } from '../status/alarm.ts'
import type { AuthorityTrust } from './authority-trust.ts'
import type { Places } from './places.ts'
import type { Keeping } from './status-keeper.ts'

/** What is needed to follow one authority. */
export interface AuthoritySyncOptions {
  readonly trust: AuthorityTrust
  readonly resolver: DidResolver
  readonly fetch: Fetch
  readonly clock: Clock
  readonly onAlarm: (alarm: StatusAlarm) => void
  readonly onChange?: (authority: string) => void
  /** Where what is held is kept. Default: nowhere. */
  readonly keeping?: Keeping
  /** Where else the same can be had. Default: nowhere. */
  readonly places?: Places
  /** Lists are fetched as they were signed, never by what changed: for who keeps them for others. */
  readonly wholeLists?: boolean
}
