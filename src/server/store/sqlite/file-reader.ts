import { faultOf } from '../sql/fault.ts'
import type { Answered, Call } from '../sql/messages.ts'
import { answerReads } from '../sql/reader.ts'
import { openReader, type SqliteConnection } from './database.ts'

/** Answers reads from a connection of its own, so that they never wait for a disk write. */
export class FileReader {
  readonly #file: string
  #db: SqliteConnection | undefined

  /** The file is opened with the first read: it may not have been made yet. */
  constructor(file: string) {
    this.#file = file
  }

  /** Never rejects. */
  async answer(calls: readonly Call[]): Promise<Answered> {
    try {
      this.#db ??= openReader(this.#file)
    } catch (error) {
      const fault = faultOf(error)
      return { answers: calls.map(({ id }) => ({ id, fault })), changed: [] }
    }
    return await answerReads(this.#db, calls)
  }

  close(): void {
    this.#db?.close()
  }
}
