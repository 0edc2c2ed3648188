import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openPostgresStore } from '../../../../src/server/store/postgres/open-postgres-store.ts'
import { MIGRATIONS as OF_FILES } from '../../../../src/server/store/sqlite/migrate.ts'
import { addDelegation, openTenant, temporaryDatabase } from '../fixtures.ts'
import { IMPOSSIBLE, makeRevoked } from '../impossible.ts'
import { inconsistencies } from '../oracle.ts'

/** A database in which one of everything was revoked, and an administrator's connection that goes past the store. */
async function openRevoked(): Promise<pg.Client> {
  const database = await temporaryDatabase()
  const store = await openTenant({ database })
  await makeRevoked(store)
  return await connect(database)
}

async function connect(database: string, role = 'postgres'): Promise<pg.Client> {
  const client = new pg.Client(database.replace(/\/\/\w+@/, `//${role}@`))
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('SET search_path = procura')
  return client
}

describe('the server itself refuses, even an administrator', () => {
  it.each<readonly [string, string]>([
    ...IMPOSSIBLE,
    [
      'to clear a revocation bit [INV7]',
      "UPDATE list_bits SET bits = decode(repeat('00', 1024), 'hex') WHERE purpose = 'revocation'",
    ],
    ['to empty the table of bits', 'TRUNCATE list_bits'],
  ])('%s', async (_, sql) => {
    const client = await openRevoked()

    await expect(client.query(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^(PR001|23...)$/) })
  })

  it('nothing that is allowed: setting a further bit, ending a role', async () => {
    const client = await openRevoked()

    const further =
      "UPDATE list_bits SET bits = decode(repeat('ff', 1024), 'hex') WHERE purpose = 'revocation'"
    expect((await client.query(further)).rowCount).toBeGreaterThan(0)
    const ending = "UPDATE identities SET ended = 1 WHERE role = 'agent'"
    expect((await client.query(ending)).rowCount).toBeGreaterThan(0)
  })
})

describe('fsck of a server', () => {
  it.each([
    [
      'a function that refuses nothing any more',
      'CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
      'function refuse: it was changed',
    ],
    [
      'a trigger that runs less often',
      `DROP TRIGGER heads_kept ON heads;
       CREATE TRIGGER heads_kept BEFORE DELETE ON heads EXECUTE FUNCTION refuse('never')`,
      'trigger heads_kept of heads: it was changed',
    ],
    [
      'a trigger that is gone',
      'DROP TRIGGER identities_terminal ON identities',
      'trigger identities_terminal of identities: it is missing',
    ],
  ])('finds %s', async (_, sql, finding) => {
    const database = await temporaryDatabase()
    await openTenant({ database })
    expect(await inconsistencies(database)).toEqual([])

    await (await connect(database)).query(sql)

    expect(await inconsistencies(database)).toEqual([`schema_changed: ${finding}`])
  })
})

describe('the fences between tenants', () => {
  it('hide rows of other tenants from a statement that forgets to name its own', async () => {
    const database = await temporaryDatabase()
    const store = await openTenant({ database })
    await addDelegation(store)
    const client = await connect(database, 'procura')
    const count = async (tenant: string) => {
      await client.query("SELECT set_config('procura.tenant', $1, false)", [tenant])
      const tables = ['owners', 'agents', 'credentials', 'credential_forms', 'list_bits', 'audit', 'keys']
      const counts = tables.map((table) => `(SELECT count(*)::integer FROM ${table})`).join(' + ')
      return (await client.query(`SELECT ${counts} AS rows`)).rows[0].rows
    }

    expect(await count('globex')).toBe(0)
    expect(await count('')).toBe(0)
    expect(await count('acme')).toBeGreaterThan(5)
  })

  it('let nobody write a row of another tenant', async () => {
    const database = await temporaryDatabase()
    const store = await openTenant({ database })
    const { owner } = await addDelegation(store)
    const client = await connect(database, 'procura')
    const hold = `INSERT INTO holds VALUES ('acme', 'hld_1', 'owner', '${owner.id}', 'did:key:zX', 'admin', 'r', 1)`

    await client.query("SELECT set_config('procura.tenant', 'globex', false)")
    await expect(client.query(hold)).rejects.toMatchObject({ code: '42501' })
    await client.query("SELECT set_config('procura.tenant', 'acme', false)")
    expect((await client.query(hold)).rowCount).toBe(1)
  })

  it('stand around every table that has a tenant', async () => {
    const client = await connect(await temporaryDatabase())
    const { rows } = await client.query(`SELECT c.relname AS name FROM pg_class AS c
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
      WHERE c.relkind = 'r' AND c.relnamespace = 'procura'::regnamespace
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`)

    expect(rows).toEqual([])
  })
})

describe('the schema', () => {
  it('has the tables and columns that the embedded database has', async () => {
    const client = await connect(await temporaryDatabase())
    const { rows } = await client.query(`SELECT table_name, column_name FROM information_schema.columns
      WHERE table_schema = 'procura' AND column_name <> 'rowid' ORDER BY 1, 2`)
    const columns = rows.map(({ table_name, column_name }) => `${table_name}.${column_name}`)

    expect(columns.sort()).toEqual((await columnsOfFiles()).sort())
  })

  it('is brought up by many that start at the same time, once', async () => {
    const url = await emptyDatabase()

    const stores = await Promise.all(Array.from({ length: 5 }, () => openPostgresStore({ url })))

    for (const store of stores) await store.close()
    const client = await connect(url)
    const versions = (await client.query('SELECT version FROM schema_version ORDER BY version')).rows
    expect(versions).toEqual(versions.map((_, i) => ({ version: i + 1 })))
    expect(versions.length).toBeGreaterThan(0)
  })

  it('of a newer program is refused, and left as it is [ST-14]', async () => {
    const url = await temporaryDatabase()
    const client = await connect(url)
    await client.query('INSERT INTO schema_version VALUES (99)')

    await expect(openPostgresStore({ url })).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
      message: expect.stringContaining('newer program'),
    })
    expect((await client.query('SELECT max(version) AS version FROM schema_version')).rows).toEqual([
      { version: 99 },
    ])
  })

  it('touches nothing of another program in the same database', async () => {
    const url = await emptyDatabase()
    const client = await connect(url)
    await client.query('CREATE TABLE public.tenants (song text)')

    await (await openPostgresStore({ url })).close()

    expect((await client.query('SELECT * FROM public.tenants')).rows).toEqual([])
    expect((await client.query('SELECT count(*)::integer AS n FROM procura.tenants')).rows).toEqual([
      { n: 0 },
    ])
  })
})

async function emptyDatabase(): Promise<string> {
  const url = await temporaryDatabase()
  const client = await connect(url)
  await client.query('DROP SCHEMA procura CASCADE')
  return url
}

async function columnsOfFiles(): Promise<string[]> {
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(':memory:')
  db.function('clears_bits', () => 0)
  db.exec('CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY) STRICT')
  for (const sql of OF_FILES) db.exec(sql)
  const sql = `SELECT t.name || '.' || c.name AS name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
    WHERE t.type = 'table'`
  const names = db
    .prepare(sql)
    .all()
    .map(({ name }) => String(name))
  db.close()
  return names
}
