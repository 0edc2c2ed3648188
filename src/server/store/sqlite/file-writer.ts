import type { Answered, Call } from '../sql/messages.ts'
import { Writer } from '../sql/writer.ts'
import { BUSY_TIMEOUT_MS, openWriter, type SqliteConnection } from './database.ts'
import type { ThreadOptions } from './messages.ts'
import { migrate } from './migrate.ts'

/** Commits that may stay in the write-ahead log while nothing comes: some 4 MiB. */
const UNFOLDED_COMMITS = 64

/** Writes to the file, and keeps its write-ahead log from holding what is not wanted any more. */
export class FileWriter {
  readonly #db: SqliteConnection
  readonly #writer: Writer
  /** At first because a process that was killed may have left what was to be cut. */
  #isLogDue = true
  #unfolded = 0

  private constructor(db: SqliteConnection, options: Omit<ThreadOptions, 'role'>) {
    this.#db = db
    this.#writer = new Writer(db, options)
  }

  static async open(options: Omit<ThreadOptions, 'role'>): Promise<FileWriter> {
    const db = openWriter(options.file)
    await migrate(db)
    return new FileWriter(db, options)
  }

  answer(calls: readonly Call[]): Promise<Answered> {
    this.#unfolded++
    return this.#writer.answer(calls)
  }

  /**
   * Work that nobody waits for: cuts the write-ahead log, after a key was destroyed that it may still hold, and after
   * a fault, because room in the log may be all that is missing. As long as a reader needs the log, it is tried again.
   *
   * @param isQuiet Then the log is folded into the file before there is so much of it that a commit would have to.
   */
  async tidy(isQuiet: boolean): Promise<void> {
    this.#isLogDue = this.#writer.takeLeftovers() || this.#isLogDue
    if (this.#isLogDue) this.#isLogDue = !(await this.#cutLog())
    else if (isQuiet && this.#unfolded >= UNFOLDED_COMMITS) await this.#foldLog()
  }

  close(): void {
    this.#db.close()
  }

  async #foldLog(): Promise<void> {
    this.#unfolded = 0
    try {
      await this.#db.get('PRAGMA wal_checkpoint(PASSIVE)')
    } catch {
      // A commit does it, or fails and says why.
    }
  }

  async #cutLog(): Promise<boolean> {
    try {
      await this.#db.exec('PRAGMA busy_timeout = 0')
      return (await this.#db.get('PRAGMA wal_checkpoint(TRUNCATE)'))?.busy === 0
    } catch {
      return false
    } finally {
      await this.#db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    }
  }
}
