import type { StatusAlarm } from '../status/alarm.ts'
import type { Head } from '../status/head.ts'
import type { ConflictLog, StatusConflict } from './conflict-log.ts'

/** Where something was found that is not the URL of a place: pushed, in a bundle, brought by an agent, or kept from before. */
export type FoundBy = 'push' | 'bundle' | 'staple' | 'kept'

/** Where what is held of one authority's status was found, and what was found against who signs it. */
export class Findings {
  readonly #log: ConflictLog
  readonly #onAlarm: (alarm: StatusAlarm) => void
  readonly #held: () => Head | undefined
  #by = ''
  #found: { readonly digest: string; readonly by: string } | undefined

  /** @param held The newest head at the time. */
  constructor(log: ConflictLog, held: () => Head | undefined, onAlarm: (alarm: StatusAlarm) => void) {
    this.#log = log
    this.#held = held
    this.#onAlarm = onAlarm
  }

  /** Where the newest head was found first: {@link FoundBy}, or the URL of a place. */
  get source(): string | undefined {
    return this.#found?.by
  }

  get conflicts(): readonly StatusConflict[] {
    return this.#log.conflicts
  }

  load(): Promise<void> {
    return this.#log.load()
  }

  /** What is found by some work was found there. The work never rejects. @param by As of {@link source}. */
  async during<T>(by: FoundBy | string, work: () => Promise<T>): Promise<T> {
    const before = this.#by
    this.#by = by
    const result = await work()
    this.#note()
    this.#by = before
    await this.#log.save()
    return result
  }

  /** Tells of evidence that some work finds, and keeps it. */
  readonly tell = (alarm: StatusAlarm): void => {
    const by = this.#by
    this.#log.note(alarm, { held: this.#found?.by ?? by, presented: by })
    this.#onAlarm(alarm)
  }

  /** The same for what was found beside that work. */
  tellOf(alarm: StatusAlarm, by: FoundBy): Promise<void> {
    this.#log.note(alarm, { held: this.#found?.by ?? by, presented: by })
    this.#onAlarm(alarm)
    return this.#log.save()
  }

  #note(): void {
    const digest = this.#held()?.digest
    if (digest === this.#found?.digest) return
    this.#found = digest === undefined ? undefined : { digest, by: this.#by }
  }
}
