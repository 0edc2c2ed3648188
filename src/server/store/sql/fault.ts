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

/** SQLite has undone the whole transaction on its own. */
export class TransactionLost extends Error {
  override readonly name = 'TransactionLost'
}

/** Whether an error of SQLite says that the file, not the command, is at fault. */
export function endsTransaction(error: unknown): boolean {
  if (error instanceof TransactionLost) return true
  const code = resultCodeOf(error)
  return code !== undefined && FATAL_TO_TRANSACTION.has(code & 0xff)
}

/** An error on its way between threads. */
export interface Fault {
  readonly code: ProcuraErrorCode
  readonly message: string
}

/** What is not our own error becomes `ERR_PROCURA_STORAGE`. SQLite's texts name tables and columns, never values. */
export function faultOf(error: unknown): Fault {
  if (error instanceof ProcuraError) return { code: error.code, message: error.message }
  const reason = error instanceof Error ? error.message : 'unknown'
  const code = resultCodeOf(error)
  const detail = code === undefined ? reason : `${reason} (SQLite ${code})`
  return { code: 'ERR_PROCURA_STORAGE', message: `the store could not do it, nothing was changed: ${detail}` }
}

export function errorOf({ code, message }: Fault): ProcuraError {
  return new ProcuraError(code, message)
}

function resultCodeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode : undefined
}
