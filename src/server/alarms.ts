import type { Store } from '../issuer/ports.ts'
import type { Logger } from './logger.ts'

type AlarmCode =
  | 'database_away'
  | 'publication_failed'
  | 'status_unsound'
  | 'clock_behind'
  | 'clock_jumped'
  | 'ends_not_done'
  | 'keys_not_rotated'
  | 'owner_keys_not_rotated'
  | 'kek_not_changed'
  | 'events_not_noted'
  | 'deliveries_fail'
  | 'deliveries_given_up'
  | 'checkpoint_failed'
  | 'audit_broken'
  | 'audit_inconsistent'
  | 'admin_recovered'
  | 'signals_not_polled'
  | 'store_dead'

interface AlarmText {
  readonly level: 'warn' | 'error' | 'fatal'
  readonly text: string
}

/**
 * What the log raises as an alarm, by its `code`, beside those of targets (docs/operations.md "Alarms"). Codes and levels are
 * stable, public API; texts are not.
 */
export const ALARMS: Readonly<Record<AlarmCode, AlarmText>> = {
  database_away: {
    level: 'error',
    text: 'the database cannot be reached; what needs it is answered with 503',
  },
  publication_failed: { level: 'error', text: 'publishing the status failed' },
  status_unsound: { level: 'error', text: 'the status built does not check' },
  clock_behind: { level: 'error', text: 'the clock is behind the last signed status' },
  clock_jumped: { level: 'error', text: 'the clock jumped: what time alone would end waits ten minutes' },
  ends_not_done: {
    level: 'error',
    text: 'what is due could not be ended; credentials whose grace is over may still be good',
  },
  keys_not_rotated: {
    level: 'error',
    text: 'keys of the service that are due were not rotated; it is tried again',
  },
  owner_keys_not_rotated: {
    level: 'error',
    text: 'keys of owners that are due were not rotated; it is tried again',
  },
  kek_not_changed: {
    level: 'error',
    text: 'keys are still under the previous key-encryption key; it is tried again',
  },
  events_not_noted: {
    level: 'error',
    text: 'what is to be told to receivers of events could not be noted; it is tried again',
  },
  deliveries_fail: {
    level: 'warn',
    text: 'a receiver of events does not take them; it is tried again',
  },
  deliveries_given_up: {
    level: 'error',
    text: 'events were not taken for three days and are given up; "procura webhook redeliver" or "procura signals stream redeliver" sends them again',
  },
  checkpoint_failed: { level: 'error', text: 'no checkpoint of the audit trail could be made' },
  audit_broken: {
    level: 'error',
    text: 'the audit trail is not what it was; no checkpoint of it is signed',
  },
  audit_inconsistent: {
    level: 'error',
    text: 'the audit tree does not contain its last checkpoint; none is signed',
  },
  admin_recovered: {
    level: 'warn',
    text: 'an administrator was made on the host by "procura admin recover"',
  },
  signals_not_polled: {
    level: 'error',
    text: 'the events of an identity provider cannot be fetched; it is tried again',
  },
  store_dead: { level: 'fatal', text: 'the store has stopped working; the service ends' },
}

/** How often an alarm that stands is repeated in the log, in milliseconds. */
export const REPEAT_ALARM_MS = 60_000

/** @param facts Names, numbers and an `err`; never a key or a claim. */
export function raiseAlarm(log: Logger, code: AlarmCode, facts: object = {}): void {
  const { level, text } = ALARMS[code]
  log[level]({ ...facts, code }, `ALARM: ${text}`)
}

/**
 * An alarm about something that is tried again and again: said when it begins, once a minute while it lasts, and when it is over. Not said
 * while the database is away, which is an alarm of its own and the cause of all that.
 */
export class StandingAlarm {
  readonly #log: Logger
  readonly #code: AlarmCode
  readonly #store: Pick<Store, 'isAway'>
  /** In milliseconds of the process. */
  #toldAt: number | undefined

  constructor(log: Logger, code: AlarmCode, store: Pick<Store, 'isAway'>) {
    this.#log = log
    this.#code = code
    this.#store = store
  }

  raise(facts: object = {}): void {
    const now = performance.now()
    const isTold = this.#toldAt !== undefined && now - this.#toldAt < REPEAT_ALARM_MS
    if (isTold || this.#store.isAway()) return
    this.#toldAt = now
    raiseAlarm(this.#log, this.#code, facts)
  }

  clear(): void {
    if (this.#toldAt === undefined) return
    this.#toldAt = undefined
    this.#log.warn({ code: this.#code }, `over: ${ALARMS[this.#code].text}`)
  }
}
