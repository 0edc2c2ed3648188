import { ProcuraError } from '../../../errors.ts'
import type { AuditPosition } from '../audit-chain.ts'
import { Allocator } from './allocator.ts'
import { COMMANDS, RESERVATIONS } from './commands/index.ts'
import { BUSY_TIMEOUT_MS, type Database, openWriter } from './database.ts'
import { endsTransaction, faultOf, TransactionLost } from './fault.ts'
import type { Answer, Answered, Call, ThreadOptions } from './messages.ts'
import { migrate } from './migrate.ts'
import { WriteRefused, type WriteSession } from './session.ts'

type Command = (session: WriteSession, ...args: never[]) => unknown

const commands: ReadonlyMap<string, Command> = new Map(Object.entries(COMMANDS))
const reservations: ReadonlyMap<string, Command> = new Map(Object.entries(RESERVATIONS))

/**
 * Runs commands in one transaction (group commit). Each has a savepoint, so one that fails is undone alone; answers
 * exist only once the transaction is on the disk.
 */
export class Writer {
  readonly #db: Database
  readonly #allocator: Allocator
  readonly #leaseQuotaPerAgent: number
  /** Ends of audit trails within the open transaction. */
  readonly #trail = new Map<string, AuditPosition>()
  #isLogDue = false

  constructor({ file, leaseQuotaPerAgent }: Omit<ThreadOptions, 'role'>) {
    this.#leaseQuotaPerAgent = leaseQuotaPerAgent
    this.#db = openWriter(file)
    migrate(this.#db)
    this.#allocator = new Allocator(this.#db)
  }

  answer(calls: readonly Call[]): Answered {
    const changed = new Set<string>()
    this.#trail.clear()
    try {
      this.#db.run('BEGIN IMMEDIATE')
      const answers = calls.map((call) => this.#one(call, changed))
      this.#db.run('COMMIT')
      return { answers, changed: [...changed] }
    } catch (error) {
      return this.#undo(calls, error)
    }
  }

  /**
   * Work that nobody waits for: cuts the write-ahead log, after a key was destroyed that it may still hold, and after
   * a fault, because room in the log may be all that is missing. As long as a reader needs the log, it is tried again.
   */
  tidy(): void {
    if (this.#isLogDue) this.#isLogDue = !this.#cutLog()
  }

  close(): void {
    this.#db.close()
  }

  /** Nobody is told of success: the transaction is not on the disk. */
  #undo(calls: readonly Call[], error: unknown): Answered {
    this.#db.rollback()
    this.#allocator.forget()
    this.#isLogDue = true
    const fault = faultOf(error)
    return { answers: calls.map(({ id }) => ({ id, fault })), changed: [] }
  }

  #cutLog(): boolean {
    try {
      this.#db.exec('PRAGMA busy_timeout = 0')
      return this.#db.get('PRAGMA wal_checkpoint(TRUNCATE)')?.busy === 0
    } catch {
      return false
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    }
  }

  /** @throws what ends the transaction for all. */
  #one({ id, name, args }: Call, changed: Set<string>): Answer {
    const session = this.#openSession()
    try {
      reservations.get(name)?.(session, ...(args as never[]))
      const value = this.#runAlone(commandNamed(name), session, args)
      for (const tenant of session.changed) changed.add(tenant)
      this.#isLogDue ||= session.destroyedKey
      return { id, value }
    } catch (error) {
      if (endsTransaction(error)) throw error
      if (error instanceof WriteRefused) return { id, value: { done: false, refusal: error.refusal } }
      return { id, fault: faultOf(error) }
    }
  }

  /** Undoes what the command did when it throws, and nothing else. */
  #runAlone(command: Command, session: WriteSession, args: readonly unknown[]): unknown {
    this.#db.run('SAVEPOINT command')
    try {
      const value = command(session, ...(args as never[]))
      this.#db.run('RELEASE command')
      return value
    } catch (error) {
      if (endsTransaction(error)) throw error
      this.#trail.clear()
      this.#undoCommand(error)
      throw error
    }
  }

  /** Where the transaction is gone already, so is everything in it. */
  #undoCommand(cause: unknown): void {
    try {
      this.#db.run('ROLLBACK TO command')
      this.#db.run('RELEASE command')
    } catch {
      throw new TransactionLost('the transaction was undone', { cause })
    }
  }

  #openSession(): WriteSession {
    return {
      db: this.#db,
      allocator: this.#allocator,
      leaseQuotaPerAgent: this.#leaseQuotaPerAgent,
      trail: this.#trail,
      changed: new Set(),
      destroyedKey: false,
    }
  }
}

function commandNamed(name: string): Command {
  const command = commands.get(name)
  if (command !== undefined) return command
  throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', `the store has no command ${name}`)
}
