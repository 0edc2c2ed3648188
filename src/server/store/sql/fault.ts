import { ProcuraError, type ProcuraErrorCode } from '../../../errors.ts'

/** SQLite's primary result codes after which the whole transaction is in doubt, not one command. */
const FATAL_TO_TRANSACTION = new Set([
  5, // BUSY: another process held the lock for too long
  7, // NOMEM
  8, // READONLY
  10, // IOERR
  11, // CORRUPT
  13, // FULL: no space left
  14, // CANTOPEN
  26, // NOTADB
])

/** PostgreSQL's conditions that concern one command: bad data, a violated constraint, a rule of a trigger of ours. */
const OF_ONE_COMMAND = /^(?:22|23|42|PR)/

/** The database has undone the whole transaction on its own. */
export class TransactionLost extends Error {
  override readonly name = 'TransactionLost'
}

/** Whether an error says that the database, or the way to it, is at fault, not the command. */
export function endsTransaction(error: unknown): boolean {
  if (error instanceof TransactionLost) return true
  if (error instanceof ProcuraError || !(error instanceof Error)) return false
  const code = resultCodeOf(error)
  if (code !== undefined) return FATAL_TO_TRANSACTION.has(code & 0xff)
  const condition = conditionOf(error)
  return condition !== undefined && !OF_ONE_COMMAND.test(condition)
}

/** An error on its way between threads. */
export interface Fault {
  readonly code: ProcuraErrorCode
  readonly message: string
}

/** What is not our own error becomes `ERR_PROCURA_STORAGE`. The texts name tables and columns, never values. */
export function faultOf(error: unknown): Fault {
  if (error instanceof ProcuraError) return { code: error.code, message: error.message }
  return {
    code: 'ERR_PROCURA_STORAGE',
    message: `the store could not do it, nothing was changed: ${reasonOf(error)}`,
  }
}

export function errorOf({ code, message }: Fault): ProcuraError {
  return new ProcuraError(code, message)
}

/** PostgreSQL's own messages may quote values: of those only the condition is told, and the constraint. */
function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : 'unknown'
  const code = resultCodeOf(error)
  if (code !== undefined) return `${reason} (SQLite ${code})`
  const condition = conditionOf(error)
  if (condition === undefined) return reason
  const rule = condition === 'PR001' ? reason : constraintOf(error)
  return `${rule === undefined ? '' : `${rule} `}(PostgreSQL ${condition})`
}

function resultCodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined
}

/** An SQLSTATE, or five letters of the operating system, as `EPIPE`, which are as bad. */
function conditionOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined
  return /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined
}

function constraintOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'constraint' in error)) return undefined
  return typeof error.constraint === 'string' ? error.constraint : undefined
}
