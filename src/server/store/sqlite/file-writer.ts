import type { Answered, Call } from '../sql/messages.ts'
import { Writer } from '../sql/writer.ts'
import { BUSY_TIMEOUT_MS, openWriter, type SqliteConnection } from './database.ts'
import type { ThreadOptions } from './messages.ts'
import { migrate } from './migrate.ts'

/** Writes to the file, and keeps its write-ahead log from holding what is not wanted any more. */
export class FileWriter {
  readonly #db: SqliteConnection
  readonly #writer: Writer
  #isLogDue = false

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
    return this.#writer.answer(calls)
  }

  /**
   * Work that nobody waits for: cuts the write-ahead log, after a key was destroyed that it may still hold, and after
   * a fault, because room in the log may be all that is missing. As long as a reader needs the log, it is tried again.
   */
  async tidy(): Promise<void> {
    this.#isLogDue = this.#writer.takeLeftovers() || this.#isLogDue
    if (this.#isLogDue) this.#isLogDue = !(await this.#cutLog())
  }

  close(): void {
    this.#db.close()
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
