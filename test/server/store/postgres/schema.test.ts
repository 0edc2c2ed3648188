import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openPostgresStore } from '../../../../src/server/store/postgres/open-postgres-store.ts'
import { MIGRATIONS as OF_FILES } from '../../../../src/server/store/sqlite/migrate.ts'
import { addDelegation, context, newRun, ok, openTenant, temporaryDatabase } from '../fixtures.ts'

/** A database in which one of everything was revoked, and an administrator's connection that goes past the store. */
async function openRevoked(): Promise<pg.Client> {
  const database = await temporaryDatabase()
  const store = await openTenant({ database })
  const { owner, agent, delegation } = await addDelegation(store)
  await ok(store.registerRun(newRun(delegation), context()))
  await ok(store.placeHold({ kind: 'agent', id: agent.id }, 'admin', 'odd', context()))
  await ok(store.offboardOwner(owner.id, 'left', context()))
  await addDelegation(store)
  const lists = [
    { list: 1, purpose: 'revocation', version: 5, validUntil: 9, bitsDigest: 'd', revision: 2, jwt: 'j' },
  ] as const
  const mirrors = [{ list: 1, version: 5, validUntil: 9, jwt: 't' }]
  const head = { seq: 2, iatMs: 5, root: 'r', jwt: 'h', leafTable: 'l' }
  await store.recordPublication('acme', { lists, mirrors, head }, { holder: 'one', until: 9 })
  await store.chooseOrigin('https://id.example')
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
  it.each([
    [
      'to clear a revocation bit [INV7]',
      "UPDATE list_bits SET bits = decode(repeat('00', 1024), 'hex') WHERE purpose = 'revocation'",
    ],
    ['to forget revocation bits', 'DELETE FROM list_bits'],
    ['to empty the table of bits', 'TRUNCATE list_bits'],
    ['to move bits to another list', 'UPDATE list_bits SET list = 2 WHERE list = 1'],
    ['to revive a credential [I15]', "UPDATE credentials SET state = 'active' WHERE state = 'revoked'"],
    ['to revive a run', "UPDATE runs SET state = 'active'"],
    ['to revive an agent', "UPDATE agents SET state = 'active' WHERE state = 'revoked'"],
    ['to bring an owner back', "UPDATE owners SET state = 'active' WHERE state = 'offboarded'"],
    ['to delete a credential', 'DELETE FROM credentials'],
    ['to delete a run', 'DELETE FROM runs'],
    ['to delete an agent', 'DELETE FROM agents'],
    ['to delete an owner', 'DELETE FROM owners'],
    ['to forget a DID', 'DELETE FROM identities'],
    ['to give a DID to another tenant', "UPDATE identities SET tenant_id = 'globex'"],
    ['to move a credential to another index', 'UPDATE credentials SET idx = idx + 1'],
    [
      'to activate what was not signed',
      `INSERT INTO credentials (tenant_id, id, kind, owner_id, agent_id, list, idx, lease, lease_count, valid_from, valid_until, created_at)
      SELECT tenant_id, 'unsigned', kind, owner_id, agent_id, list, 77, '[]', 0, valid_from, valid_until, created_at
      FROM credentials WHERE kind = 'agent' LIMIT 1;
      UPDATE credentials SET state = 'active' WHERE id = 'unsigned'`,
    ],
    ['to change a text that was signed', "UPDATE credential_forms SET text = 'another'"],
    ['to change the audit trail [A2]', "UPDATE audit SET entry = replace(entry, 'left', 'stayed')"],
    ['to delete of the audit trail [A2]', 'DELETE FROM audit WHERE seq = 3'],
    ['to free an index', 'DELETE FROM positions'],
    ['to give an index twice', "INSERT INTO positions SELECT tenant_id, list, idx, 'another' FROM positions"],
    ['to free a lease', 'DELETE FROM allocations'],
    ['to change a lease', 'UPDATE allocations SET count = count - 1'],
    [
      'to lease an index twice',
      'INSERT INTO allocations SELECT tenant_id, list, first + 1, count, first + 1, credential_id FROM allocations WHERE count > 1',
    ],
    ['to set a counter back', 'UPDATE lists SET next = 0 WHERE next > 0'],
    ['to delete a list', 'DELETE FROM lists'],
    [
      'to publish an older list [INV6]',
      'UPDATE list_status SET published_version = 1 WHERE published_version > 1',
    ],
    ['to publish an older head [INV6]', 'UPDATE heads SET seq = 1'],
    ['to delete a head', 'DELETE FROM heads'],
    ['to publish an older mirror [INV6]', "UPDATE mirrors SET version = 4, jwt = 'old'"],
    ['to delete a mirror', 'DELETE FROM mirrors'],
    ['to choose another origin', "UPDATE service SET origin = 'https://other.example'"],
    ['an owner without an accountable human [I1]', "UPDATE owners SET accountable = ''"],
    ['an agent without an owner [I1]', "UPDATE agents SET owner_id = 'nobody'"],
    [
      'two credentials in force for one owner',
      `INSERT INTO credentials (tenant_id, id, kind, owner_id, list, idx, lease, lease_count, valid_from, valid_until, created_at)
      SELECT tenant_id, 'second', kind, owner_id, list, 5, lease, lease_count, valid_from, valid_until, created_at
      FROM credentials WHERE kind = 'owner' AND state = 'active'`,
    ],
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
    expect((await client.query('SELECT version FROM schema_version')).rows).toEqual([{ version: 1 }])
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
