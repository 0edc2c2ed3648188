import { stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findCredential } from '../../../src/server/store/sql/queries.ts'
import { readDirtyLists, readPublishedLists } from '../../../src/server/store/sql/reads.ts'
import { compareSchema } from '../../../src/server/store/sqlite/compare-schema.ts'
import { openWriter, type SqliteConnection } from '../../../src/server/store/sqlite/database.ts'
import { MIGRATIONS, migrate, SCHEMA_VERSION } from '../../../src/server/store/sqlite/migrate.ts'
import { openTenant, openUnthreaded, temporaryFile } from './fixtures.ts'
import { IMPOSSIBLE, makeRevoked } from './impossible.ts'

/** The migration that made `lease_revocations`. */
const LEASE_REVOCATIONS = 23

const HASH = 'h'.repeat(43)

/** A file in which one of everything was revoked, and a connection that goes past the commands. */
async function openRevoked(): Promise<SqliteConnection> {
  const file = await temporaryFile()
  const store = await openTenant({ database: file })
  await makeRevoked(store)
  const db = openWriter(file)
  onTestFinished(() => db.close())
  return db
}

describe('the database itself refuses', () => {
  it.each<readonly [string, string]>([
    ...IMPOSSIBLE,
    [
      'to clear a revocation bit [INV7]',
      "UPDATE list_bits SET bits = zeroblob(1024) WHERE purpose = 'revocation'",
    ],
    [
      'to replace revocation bits',
      "REPLACE INTO list_bits SELECT tenant_id, list, purpose, chunk, zeroblob(1024) FROM list_bits WHERE purpose = 'revocation'",
    ],
    [
      'to replace an audit entry',
      'REPLACE INTO audit (tenant_id, seq, entry, hash) SELECT tenant_id, seq, entry, hash FROM audit',
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

  it('makes the same schema in one step and in several, and knows what is another', async () => {
    const db = await openFile()
    for (const newest of [1, 5, SCHEMA_VERSION - 1, SCHEMA_VERSION]) {
      await migrate(db, MIGRATIONS.slice(0, newest))
      expect(await compareSchema(db)).toEqual([])
    }
    await db.exec('DROP TRIGGER audit_kept; CREATE VIEW spy AS SELECT * FROM keys')

    expect(await compareSchema(db)).toEqual([
      { subject: 'trigger audit_kept', problem: 'is missing' },
      { subject: 'view spy', problem: 'was added' },
    ])
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

  it('knows of an older file who revoked leased indexes, of texts that are gone not [ST-14]', async () => {
    const db = await openFile()
    await migrate(db, MIGRATIONS.slice(0, LEASE_REVOCATIONS - 1))
    const entry = (action: string) => JSON.stringify({ action, target: '2/7', details: { delegation: 'd1' } })
    await db.exec('PRAGMA foreign_keys = OFF')
    const texts = [entry('run.register'), entry('lease.revoke'), '']
    for (const [i, text] of texts.entries())
      await db.run(
        "INSERT INTO audit (tenant_id, seq, entry, hash) VALUES ('acme', ?, ?, ?)",
        i + 1,
        text,
        HASH,
      )

    await migrate(db)

    expect(await db.all('SELECT * FROM lease_revocations')).toEqual([
      { tenant_id: 'acme', delegation_id: 'd1', seq: 2 },
    ])
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
