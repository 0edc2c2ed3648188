import { uptime } from 'node:os'
import { type Clock, systemClock } from '../core/clock.ts'
import { raiseAlarm } from './alarms.ts'
import type { Logger } from './logger.ts'

/** A clock that is set right in operation is moved by less than this at once, in milliseconds. */
const JUMP_MS = 60_000

/** After so long a clock is taken to have been set right, not wrong, in milliseconds: time for an operator, or a time service, to mend it. */
const BELIEVED_AFTER_MS = 600_000

/** A jump of the clock that is not believed yet. */
export interface ClockJump {
  /** Milliseconds; negative: back. */
  readonly byMs: number
  /** How long ago it was seen, in milliseconds. */
  readonly agoMs: number
}

interface Doubt {
  readonly offsetMs: number
  readonly since: number
}

/**
 * Notices when the clock jumps, by the time since the machine was started, which no jump moves and which goes on while it sleeps.
 * What cannot be undone (signing for a time to come, ending what is due) waits until the jump is believed, or is over
 * (docs/operations.md "When the clock jumps"). A clock that was wrong from the start cannot be noticed.
 */
export class ClockWatch {
  readonly #clock: Clock
  readonly #uptime: Clock
  readonly #log: Logger
  #believedMs: number
  #doubt: Doubt | undefined

  /** @param uptime Milliseconds since any point in time; only ever goes on. */
  constructor(clock: Clock, uptime: Clock, log: Logger) {
    this.#clock = clock
    this.#uptime = uptime
    this.#log = log
    this.#believedMs = clock() - uptime()
  }

  /** Looks at the clock, so it should be asked often. */
  jump(): ClockJump | undefined {
    const now = this.#uptime()
    const offsetMs = this.#clock() - now
    if (Math.abs(offsetMs - this.#believedMs) <= JUMP_MS) this.#believe(offsetMs)
    else if (Math.abs(offsetMs - (this.#doubt?.offsetMs ?? this.#believedMs)) > JUMP_MS) {
      this.#suspect({ offsetMs, since: now })
    }
    if (this.#doubt !== undefined && now - this.#doubt.since >= BELIEVED_AFTER_MS) this.#believe(offsetMs)
    if (this.#doubt === undefined) return undefined
    return { byMs: offsetMs - this.#believedMs, agoMs: now - this.#doubt.since }
  }

  #believe(offsetMs: number): void {
    if (this.#doubt !== undefined) this.#log.warn('the clock is taken to be right again')
    this.#believedMs = offsetMs
    this.#doubt = undefined
  }

  #suspect(doubt: Doubt): void {
    this.#doubt = doubt
    const byMs = Math.round(doubt.offsetMs - this.#believedMs)
    raiseAlarm(this.#log, 'clock_jumped', { byMs })
  }
}

/** @param clock The caller's own one is believed; absent, the system's is watched. */
export function watchClock(clock: Clock | undefined, log: Logger): () => ClockJump | undefined {
  if (clock !== undefined) return () => undefined
  const watch = new ClockWatch(systemClock, () => uptime() * 1000, log)
  return () => watch.jump()
}
