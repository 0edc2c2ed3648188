/** What a column may be given. Points in time and counters are safe integers; there are no fractions. */
export type SqlValue = string | number | Uint8Array | null

export type Row = Readonly<Record<string, unknown>>

/**
 * One connection, in the one dialect that the texts of this folder are written in: what SQLite and PostgreSQL both
 * understand, with `?` or `?1` for values. Whole numbers come as numbers, truth as 1 and 0, bytes as bytes. The texts are
 * constants, so they are few.
 */
export interface Database {
  get(sql: string, ...values: SqlValue[]): Promise<Row | undefined>
  all(sql: string, ...values: SqlValue[]): Promise<Row[]>
  /** @returns How many rows it changed. */
  run(sql: string, ...values: SqlValue[]): Promise<number>
}

/** A connection with its transactions; one at a time. */
export interface Connection extends Database {
  /** Several statements, without values. */
  exec(sql: string): Promise<void>
  /** Begins a transaction. One that reads sees one state throughout. */
  begin(access: 'read' | 'write'): Promise<void>
  commit(): Promise<void>
  /** Ends the open transaction; after some faults the database has already done it. Never rejects. */
  rollback(): Promise<void>
}
