import type { JsonObject } from '../../../core/json.ts'
import { ProcuraError } from '../../../errors.ts'
import type { Row } from './database.ts'

/** Readers of single columns. A column of another type than the schema says is a storage fault, never a default. */
export function text(row: Row, column: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : wrongType(column)
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column)
}

export function integer(row: Row, column: string): number {
  const value = row[column]
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : wrongType(column)
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column)
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column]
  return value instanceof Uint8Array ? value : wrongType(column)
}

/** JSON that this store wrote. */
export function json<T = JsonObject>(row: Row, column: string): T {
  return JSON.parse(text(row, column)) as T
}

/** One of the words that the schema's CHECK allows. */
export function word<W extends string>(row: Row, column: string): W {
  return text(row, column) as W
}

/** The members that have a value, so that absent stays absent. */
export function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

function wrongType(column: string): never {
  throw new ProcuraError('ERR_PROCURA_STORAGE', `the column ${column} has an unexpected type`)
}
