import { stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findCredential } from '../../../src/server/store/sql/queries.ts'
import { readDirtyLists, readPublishedLists } from '../../../src/server/store/sql/reads.ts'
import { openWriter, type SqliteConnection } from '../../../src/server/store/sqlite/database.ts'
import { MIGRATIONS, migrate, SCHEMA_VERSION } from '../../../src/server/store/sqlite/migrate.ts'
import { addDelegation, context, newRun, ok, openTenant, openUnthreaded, temporaryFile } from './fixtures.ts'

/** A file in which one of everything was revoked, and a connection that goes past the commands. */
async function openRevoked(): Promise<SqliteConnection> {
  const file = await temporaryFile()
  const store = await openTenant({ database: file })
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
  const db = openWriter(file)
  onTestFinished(() => db.close())
  return db
}

describe('the database itself refuses', () => {
  it.each([
    [
      'to clear a revocation bit [INV7]',
      "UPDATE list_bits SET bits = zeroblob(1024) WHERE purpose = 'revocation'",
    ],
    ['to forget revocation bits', 'DELETE FROM list_bits'],
    [
      'to replace revocation bits',
      "REPLACE INTO list_bits SELECT tenant_id, list, purpose, chunk, zeroblob(1024) FROM list_bits WHERE purpose = 'revocation'",
    ],
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
    [
      'to replace an audit entry',
      'REPLACE INTO audit (tenant_id, seq, entry, hash) SELECT tenant_id, seq, entry, hash FROM audit',
    ],
    ['to free an index', 'DELETE FROM positions'],
    ['to give an index twice', "INSERT INTO positions SELECT tenant_id, list, idx, 'another' FROM positions"],
    ['to free a lease', 'DELETE FROM allocations'],
    ['to change a lease', 'UPDATE allocations SET count = count - 1'],
    [
      'to lease an index twice',
      'INSERT INTO allocations SELECT tenant_id, list, first + 1, count, first + 1, credential_id FROM allocations WHERE count > 1',
    ],
    [
      'to lease more than a list has',
      'INSERT INTO allocations SELECT tenant_id, list, 131072, 1, 131072, credential_id FROM allocations LIMIT 1',
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
    ['to forget the origin', 'DELETE FROM service'],
    ['an owner without an accountable human [I1]', "UPDATE owners SET accountable = ''"],
    ['an agent without an owner [I1]', "UPDATE agents SET owner_id = 'nobody'"],
    [
      'two credentials in force for one owner',
      `INSERT INTO credentials (tenant_id, id, kind, owner_id, list, idx, lease, lease_count, valid_from, valid_until, created_at)
      SELECT tenant_id, 'second', kind, owner_id, list, 5, lease, lease_count, valid_from, valid_until, created_at
      FROM credentials WHERE kind = 'owner' AND state = 'active'`,
    ],
  ])('%s', async (_, sql) => {
    const db = await openRevoked()

    await expect(db.exec(sql)).rejects.toMatchObject({ code: 'ERR_SQLITE_ERROR' })
  })

  it('nothing that is allowed: setting a further bit, ending a role', async () => {
    const db = await openRevoked()

    expect(
      await db.run(
        "UPDATE list_bits SET bits = unhex(hex(zeroblob(0)) || replace(hex(bits), '00', 'FF')) WHERE purpose = 'revocation'",
      ),
    ).toBeGreaterThan(0)
    expect(await db.run("UPDATE identities SET ended = 1 WHERE role = 'agent'")).toBeGreaterThan(0)
  })
})

describe('migrate', () => {
  async function openFile(file?: string): Promise<SqliteConnection> {
    const db = openWriter(file ?? (await temporaryFile()))
    onTestFinished(() => db.close())
    return db
  }

  async function version(db: SqliteConnection) {
    return (await db.get('SELECT max(version) AS version FROM schema_version'))?.version
  }

  it('brings an empty file to the present schema, once', async () => {
    const db = await openFile()

    await migrate(db)
    await migrate(db)

    expect(await version(db)).toBe(SCHEMA_VERSION)
  })

  it('goes forward from where a file is, and keeps what is in it [ST-14]', async () => {
    const db = await openFile()
    await migrate(db, ['CREATE TABLE a (x)'])
    await db.exec('INSERT INTO a VALUES (1)')

    await migrate(db, ['CREATE TABLE a (x)', 'ALTER TABLE a ADD COLUMN y', 'CREATE TABLE b (x)'])

    expect(await version(db)).toBe(3)
    expect(await db.all('SELECT * FROM a')).toEqual([{ x: 1, y: null }])
  })

  it('takes the texts of credentials over from a file with one form only [ST-14]', async () => {
    const db = await openFile()
    await migrate(db, MIGRATIONS.slice(0, 1))
    await db.exec(`PRAGMA foreign_keys = OFF;
      INSERT INTO credentials (tenant_id, id, kind, owner_id, list, idx, lease, lease_count, valid_from, valid_until, created_at)
      VALUES ('acme', 'signed', 'owner', 'own_1', 1, 1, '[]', 0, 1, 2, 1), ('acme', 'planned', 'owner', 'own_2', 1, 2, '[]', 0, 1, 2, 1);
      INSERT INTO credential_documents VALUES ('acme', 'signed', '{}', 'e30.e30.c2ln'), ('acme', 'planned', '{}', NULL);
      UPDATE credentials SET state = 'active' WHERE id = 'signed'`)

    await migrate(db)

    expect(await findCredential(db, 'acme', 'signed')).toMatchObject({
      state: 'active',
      forms: { 'vc+jwt': 'e30.e30.c2ln' },
    })
    expect(await findCredential(db, 'acme', 'planned')).toMatchObject({ state: 'planned', forms: {} })
    const activate = "UPDATE credentials SET state = 'active' WHERE id = 'planned'"
    await expect(db.exec(activate)).rejects.toThrow('only a signed credential is active')
  })

  it('has the lists of a file with one form only signed anew [ST-14]', async () => {
    const db = await openFile()
    await migrate(db, MIGRATIONS.slice(0, 2))
    await db.exec(`PRAGMA foreign_keys = OFF;
      INSERT INTO lists (tenant_id, list, kind) VALUES ('acme', 1, 'owner');
      INSERT INTO list_status VALUES ('acme', 1, 'revocation', 4, 4, 7, 9000000000000);
      INSERT INTO publications (tenant_id, list, purpose, version, valid_until, bits_digest, revision, jwt)
      VALUES ('acme', 1, 'revocation', 7, 9000000000000, 'd', 4, 'j')`)

    await migrate(db)

    expect(await readDirtyLists(db, 'acme', 1)).toMatchObject([
      { list: 1, publishedVersion: 7, publishedUntil: 0 },
    ])
    expect(await readPublishedLists(db, 'acme')).toEqual([
      expect.not.objectContaining({ vc: expect.anything() }),
    ])
  })

  it('leaves the old schema whole when a step fails [ST-14]', async () => {
    const db = await openFile()
    await migrate(db, ['CREATE TABLE a (x)'])

    const broken = ['CREATE TABLE a (x)', 'CREATE TABLE b (x); CREATE TABLE a (x)']
    await expect(migrate(db, broken)).rejects.toThrow()

    expect(await version(db)).toBe(1)
    expect(await db.get("SELECT 1 FROM sqlite_schema WHERE name = 'b'")).toBeUndefined()
  })

  it('refuses data of a newer program [ST-14]', async () => {
    const file = await temporaryFile()
    const db = await openFile(file)
    await migrate(db)
    await db.exec(`INSERT INTO schema_version VALUES (${SCHEMA_VERSION + 1})`)

    await expect(openUnthreaded({ database: file })).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
      message: expect.stringContaining('newer program'),
    })
    expect(await version(db)).toBe(SCHEMA_VERSION + 1)
  })

  it("refuses another program's file, and leaves it as it is", async () => {
    const file = await temporaryFile()
    const foreign = new DatabaseSync(file)
    onTestFinished(() => foreign.close())
    foreign.exec('CREATE TABLE songs (title)')

    await expect(openUnthreaded({ database: file })).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
      message: expect.stringContaining('belongs to another program'),
    })
    expect(foreign.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'songs' }])
  })
})

it('makes files that only their owner may read', async () => {
  const file = await temporaryFile()
  await openTenant({ database: file })

  for (const suffix of ['', '-wal', '-shm']) expect((await stat(`${file}${suffix}`)).mode & 0o777).toBe(0o600)
})
