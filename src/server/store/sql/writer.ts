import { ProcuraError } from '../../../errors.ts'
import type { AuditPosition } from '../audit-chain.ts'
import { Allocator } from './allocator.ts'
import { COMMANDS, RESERVATIONS } from './commands/index.ts'
import type { Connection } from './database.ts'
import { endsTransaction, faultOf, TransactionLost } from './fault.ts'
import type { Answer, Answered, Call } from './messages.ts'
import { type LeaseQuotas, WriteRefused, type WriteSession } from './session.ts'

type Command = (session: WriteSession, ...args: never[]) => Promise<unknown>

const commands: ReadonlyMap<string, Command> = new Map(Object.entries(COMMANDS))
const reservations: ReadonlyMap<string, Command> = new Map(Object.entries(RESERVATIONS))

/**
 * Runs commands in one transaction (group commit). Each has a savepoint, so one that fails is undone alone; answers
 * exist only once the transaction is on the disk.
 */
export class Writer {
  readonly #db: Connection
  readonly #allocator: Allocator
  readonly #quotas: LeaseQuotas
  /** Ends of audit trails within the open transaction. */
  readonly #trail = new Map<string, AuditPosition>()
  #hasLeftovers = false

  constructor(db: Connection, quotas: LeaseQuotas) {
    this.#db = db
    this.#quotas = quotas
    this.#allocator = new Allocator(db)
  }

  /** Whether bytes of a destroyed key, or of a transaction that was undone, may still lie in a log; asking resets it. */
  takeLeftovers(): boolean {
    const has = this.#hasLeftovers
    this.#hasLeftovers = false
    return has
  }

  /** Never rejects. */
  async answer(calls: readonly Call[]): Promise<Answered> {
    const changed = new Set<string>()
    this.#trail.clear()
    try {
      await this.#db.begin('write')
      const answers: Answer[] = []
      for (const call of calls) answers.push(await this.#one(call, changed))
      await this.#db.commit()
      return { answers, changed: [...changed] }
    } catch (error) {
      return await this.#undo(calls, error)
    }
  }

  /** Nobody is told of success: the transaction is not on the disk. */
  async #undo(calls: readonly Call[], error: unknown): Promise<Answered> {
    await this.#db.rollback()
    this.#allocator.forget()
    this.#hasLeftovers = true
    const fault = faultOf(error)
    return { answers: calls.map(({ id }) => ({ id, fault })), changed: [] }
  }

  /** @throws what ends the transaction for all. */
  async #one({ id, name, args }: Call, changed: Set<string>): Promise<Answer> {
    const session = this.#openSession()
    try {
      await reservations.get(name)?.(session, ...(args as never[]))
      const value = await this.#runAlone(commandNamed(name), session, args)
      for (const tenant of session.changed) changed.add(tenant)
      this.#hasLeftovers ||= session.destroyedKey
      return { id, value }
    } catch (error) {
      if (endsTransaction(error)) throw error
      if (error instanceof WriteRefused) return { id, value: { done: false, refusal: error.refusal } }
      return { id, fault: faultOf(error) }
    }
  }

  /** Undoes what the command did when it throws, and nothing else. */
  async #runAlone(command: Command, session: WriteSession, args: readonly unknown[]): Promise<unknown> {
    await this.#db.run('SAVEPOINT command')
    try {
      const value = await command(session, ...(args as never[]))
      await this.#db.run('RELEASE SAVEPOINT command')
      return value
    } catch (error) {
      if (endsTransaction(error)) throw error
      this.#trail.clear()
      await this.#undoCommand(error)
      throw error
    }
  }

  /** Where the transaction is gone already, so is everything in it. */
  async #undoCommand(cause: unknown): Promise<void> {
    try {
      await this.#db.run('ROLLBACK TO SAVEPOINT command')
      await this.#db.run('RELEASE SAVEPOINT command')
    } catch {
      throw new TransactionLost('the transaction was undone', { cause })
    }
  }

  #openSession(): WriteSession {
    return {
      db: this.#db,
      allocator: this.#allocator,
      quotas: this.#quotas,
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
