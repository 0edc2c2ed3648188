import pg from 'pg'
import { onTestFinished } from 'vitest'
import { openWriter } from '../../../src/server/store/sqlite/database.ts'

/** A connection that goes past the store, as somebody with the rights of an administrator could. */
export interface RawDatabase {
  all(sql: string): Promise<object[]>
  /** Names of all tables. */
  tables(): Promise<string[]>
  /** From now on no audit entry of this action can be written. */
  failAudit(action: string): Promise<void>
  allowAudit(): Promise<void>
  dropAudit(): Promise<void>
  /** Takes the triggers of the trail away, as somebody who wants to change it would. */
  unguardAudit(): Promise<void>
  /** Runs statements with the triggers of a table out of the way meanwhile. `ZEROS` and `ONES` are a chunk of bits. */
  tamper(table: string, statements: readonly string[]): Promise<void>
}

export function openRaw(database: string): Promise<RawDatabase> {
  return database.startsWith('postgres:') ? openServer(database) : openFile(database)
}

async function openFile(file: string): Promise<RawDatabase> {
  const db = openWriter(file)
  onTestFinished(() => db.close())
  return {
    all: (sql) => db.all(sql),
    async tables() {
      const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
      return (await db.all(sql)).map(({ name }) => String(name))
    },
    failAudit: (action) =>
      db.exec(`CREATE TRIGGER no_audit BEFORE INSERT ON audit WHEN NEW.entry ->> '$.action' = '${action}'
        BEGIN SELECT RAISE(ABORT, 'the audit device hangs'); END`),
    allowAudit: () => db.exec('DROP TRIGGER no_audit'),
    dropAudit: () => db.exec('PRAGMA foreign_keys = OFF; DROP TABLE audit'),
    unguardAudit: () =>
      db.exec('PRAGMA foreign_keys = OFF; DROP TRIGGER audit_append_only; DROP TRIGGER audit_kept'),
    async tamper(table, statements) {
      const triggers = await db.all(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?",
        table,
      )
      for (const { name } of triggers) await db.exec(`DROP TRIGGER ${name}`)
      for (const statement of statements) {
        const ones = `X'${'ff'.repeat(1_024)}'`
        await db.exec(statement.replace('ZEROS', 'zeroblob(1024)').replace('ONES', ones))
      }
      for (const { sql } of triggers) await db.exec(String(sql))
    },
  }
}

async function openServer(url: string): Promise<RawDatabase> {
  const client = new pg.Client(url.replace(/\/\/\w+@/, '//postgres@'))
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('SET search_path = procura')
  return {
    all: async (sql) => (await client.query(sql)).rows,
    async tables() {
      const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'procura'")
      return rows.map(({ tablename }) => String(tablename))
    },
    async failAudit(action) {
      await client.query(`CREATE TRIGGER no_audit BEFORE INSERT ON audit FOR EACH ROW
        WHEN (NEW.entry::json ->> 'action' = '${action}') EXECUTE FUNCTION refuse('the audit device hangs')`)
    },
    async allowAudit() {
      await client.query('DROP TRIGGER no_audit ON audit')
    },
    async dropAudit() {
      await client.query('DROP TABLE audit CASCADE')
    },
    async unguardAudit() {
      await client.query(
        'ALTER TABLE audit DISABLE TRIGGER USER; ALTER TABLE outbox DROP CONSTRAINT outbox_tenant_id_seq_fkey',
      )
    },
    async tamper(table, statements) {
      await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
      const chunk = (byte: string) => `decode(repeat('${byte}', 1024), 'hex')`
      for (const statement of statements) {
        await client.query(statement.replace('ZEROS', chunk('00')).replace('ONES', chunk('ff')))
      }
      await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`)
    },
  }
}
