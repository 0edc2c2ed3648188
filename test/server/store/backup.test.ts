import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { backUp } from '../../../src/server/backup/back-up.ts'
import { copyIn, digestOfFile, manifestIn } from '../../../src/server/backup/backup-files.ts'
import { encodeManifest, parseManifest } from '../../../src/server/backup/manifest.ts'
import { restore } from '../../../src/server/backup/restore.ts'
import { catchUp } from '../../../src/server/catch-up/catch-up.ts'
import { CleanUp } from '../../../src/server/clean-up.ts'
import { type Initialized, initialize } from '../../../src/server/initialize.ts'
import {
  createKeyEncryptionKeyFile,
  loadKeyEncryptionKey,
} from '../../../src/server/keys/key-encryption-key.ts'
import { openStoreToSetUp } from '../../../src/server/open-store.ts'
import { startService } from '../../../src/server/start-service.ts'
import { failure, useDataDirectory } from '../../helpers/data-directory.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  adminCaller,
  freePort,
  MAIL_GRANT,
} from '../../helpers/issuer-service.ts'
import { inconsistencies } from './oracle.ts'
import { databaseOf, filesOf, newPlace, type Place, temporaryFolder } from './restored-world.ts'

useDataDirectory()

const KEK = 'key-encryption-key'

interface Filled {
  readonly place: Place
  readonly initialized: Initialized
  /** Where it publishes. */
  readonly directory: string
}

/** A service that runs, with a revocation, a suspension, an owner who is gone, and a webhook that is to be told of it. */
async function startFilled(): Promise<Filled> {
  const place = await newPlace()
  const origin = `http://127.0.0.1:${await freePort()}`
  const initialized = await initialize({ ...place, tenant: 'acme', origin })
  const directory = await temporaryFolder()
  const service = await startService({ ...place, logLevel: 'silent', publish: { directory } })
  onTestFinished(() => service.close())
  const admin = await adminCaller(origin, initialized)
  const { json: webhook } = await admin.post('/v1/webhooks', { url: 'https://receiver.example/' })
  await admin.patch(`/v1/webhooks/${webhook.id}`, { state: 'paused' })
  const [stays, goes] = [await addOwner(admin), await addOwner(admin)]
  const { agent } = await addAgent(origin, admin, stays.id)
  const delegation = await addDelegation(admin, agent.id)
  await addDelegation(admin, agent.id)
  await admin.post(`/v1/delegations/${delegation.id}/revoke`, { reason: 'over' })
  await admin.post(`/v1/agents/${agent.id}/suspend`, { reason: 'odd' })
  await admin.post(`/v1/owners/${goes.id}/offboard`, { reason: 'left' })
  const noted = async () => (await admin.get(`/v1/webhooks/${webhook.id}/deliveries`)).json.items.length
  await expect.poll(noted, { timeout: 30_000 }).toBeGreaterThan(2)
  return { place, initialized, directory }
}

interface Made {
  readonly backup: string
  /** Where it is the backup of. */
  readonly place: Place
}

/** The backup of an issuer that was only set up. */
async function newBackup(): Promise<Made> {
  const place = await newPlace()
  await initialize({ ...place, tenant: 'acme', origin: 'https://id.example' })
  return { place, backup: (await backUp({ ...filesOf(place), into: await temporaryFolder() })).folder }
}

/** Another place, with the key-encryption key of the first. */
async function placeBeside({ dataDir }: Place, other?: Place): Promise<Place> {
  const place = other ?? (await newPlace())
  await cp(join(dataDir, KEK), join(place.dataDir, KEK))
  return place
}

/** Every row of a copy, by table. */
function rowsIn(backup: string): Record<string, unknown> {
  const db = new DatabaseSync(copyIn(backup), { readOnly: true })
  onTestFinished(() => db.close())
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all()
  return Object.fromEntries(
    names
      .filter(({ name }) => name !== 'restorations')
      .map(({ name }) => [String(name), db.prepare(`SELECT * FROM ${String(name)}`).all()]),
  )
}

describe('a backup', () => {
  it('of a service that runs is restored with every row, and is sound', async () => {
    const { place } = await startFilled()
    const into = await temporaryFolder()
    const { folder: made, manifest, check } = await backUp({ ...filesOf(place), into })
    const other = await placeBeside(place)
    await restore({ backup: made, ...filesOf(other) })
    const again = await backUp({ ...filesOf(other), into })

    expect(check).toMatchObject({ tenants: ['acme'], findings: [], count: 0, looksAtKeys: true })
    expect(manifest.tenants).toMatchObject([{ id: 'acme', headSeq: expect.any(Number) }])
    expect(await inconsistencies(databaseOf(other))).toEqual([])
    expect(rowsIn(again.folder)).toEqual(rowsIn(made))
    expect(Object.keys(rowsIn(made)).length).toBeGreaterThan(20)
  })

  it('goes on where it was restored, also in the other kind of database, with numbers of its own', async () => {
    const { place, initialized, directory } = await startFilled()
    const { folder: made } = await backUp({ ...filesOf(place), into: await temporaryFolder() })
    const others = [
      await newPlace(),
      ...(place.database === undefined ? [] : [{ dataDir: await temporaryFolder() }]),
    ]
    for (const other of others) {
      await placeBeside(place, other)
      await restore({ backup: made, ...filesOf(other) })
      await catchUp({ ...filesOf(other), published: [{ directory }], operator: 'ada@host' })
      const service = await startService({ ...other, port: 0, logLevel: 'silent' })
      onTestFinished(() => service.close())
      const admin = await adminCaller(service.url, initialized)
      const body = { name: 'New', accountable: 'Grace Hopper', entitlements: [MAIL_GRANT] }
      const { status } = await admin.post('/v1/owners', body, { origin: service.origin })
      const { items } = (await admin.get('/v1/owners', { origin: service.origin })).json
      await service.close()

      expect(status).toBe(201)
      expect(items.map((owner: { readonly state: string }) => owner.state)).toEqual([
        'active',
        'offboarded',
        'active',
      ])
      expect(await inconsistencies(databaseOf(other))).toEqual([])
    }
  })

  it('is for its account alone, has no key-encryption key, and leaves nothing unfinished behind [KC-01]', async () => {
    const { place } = await startFilled()
    const into = await temporaryFolder()
    const { folder: made } = await backUp({ ...filesOf(place), into })
    const secret = (await readFile(join(place.dataDir, KEK), 'utf8')).trim()
    const files = await readdir(made)

    expect(files.sort()).toEqual(['manifest.json', 'procura.sqlite'])
    expect(await readdir(into)).toHaveLength(1)
    for (const name of files) {
      const file = join(made, name)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect((await readFile(file)).includes(secret)).toBe(false)
      expect((await readFile(file)).includes(Buffer.from(secret, 'base64url'))).toBe(false)
    }
    expect((await stat(made)).mode & 0o777).toBe(0o700)
  })

  it('is not made where there is no issuer, and nothing is left then', async () => {
    const { place: other } = await newBackup()
    const [place, into] = [await placeBeside(other), await temporaryFolder()]

    const answer = await failure(backUp({ ...filesOf(place), into }))
    expect(answer).toMatch(/^ERR_PROCURA_INVALID_CONFIGURATION there is no issuer/)
    expect(await readdir(into)).toEqual([])
  })

  it('is not made with the key-encryption key of another registry, and nothing is left then [KC-02]', async () => {
    const { place } = await newBackup()
    const [other, into] = [join(await temporaryFolder(), 'other'), await temporaryFolder()]
    await createKeyEncryptionKeyFile(other)
    const backUpWith = (env: Record<string, string>) => backUp({ ...filesOf(place), into, env })

    expect(await failure(backUpWith({ PROCURA_KEK_FILE: other }))).toMatch(
      /^ERR_PROCURA_INVALID_KEY the backup was not made/,
    )
    expect(await readdir(into)).toEqual([])
    const env = { PROCURA_KEK_FILE: other, PROCURA_KEK_PREVIOUS_FILE: join(place.dataDir, KEK) }
    expect((await backUpWith(env)).check.count).toBe(0)
  })
})

describe('restore', () => {
  it('never overwrites a registry, and takes an empty place', async () => {
    const { backup, place } = await newBackup()
    const other = await placeBeside(place)
    await restore({ backup, ...filesOf(other) })

    const answer = await failure(restore({ backup, ...filesOf(other) }))
    expect(answer).toMatch(/^ERR_PROCURA_INVALID_CONFIGURATION .*a registry is never overwritten/)
    expect(await inconsistencies(databaseOf(other))).toEqual([])
  })

  it.each<[string, (backup: string) => Promise<void>, RegExp]>([
    ['a copy that was changed', flipByte, /was changed or damaged/],
    [
      'a backup of a newer program',
      (backup) => rewrite(backup, (text) => text.replace('procura-backup/1', 'procura-backup/2')),
      /format that this program does not know/,
    ],
    [
      'a manifest that says something else',
      (backup) => rewrite(backup, (text) => text.replace(/"auditEntries": \d+/, '"auditEntries": 2')),
      /somebody changed it/,
    ],
    ['another copy that its manifest fits', addAdministrator, /somebody changed it/],
    [
      'a manifest that nobody authenticated',
      (backup) => rewrite(backup, (text) => text.replace(/"mac": "\w+"/, '"mac": ""')),
      /somebody changed it/,
    ],
    ['a folder without a manifest', (backup) => rm(manifestIn(backup)), /is no backup/],
  ])('refuses %s, and leaves nothing behind [ST-15]', async (_, spoil, message) => {
    const { backup, place } = await newBackup()
    const [spoilt, other] = [await temporaryFolder(), await placeBeside(place)]
    await cp(backup, spoilt, { recursive: true })
    await spoil(spoilt)

    expect(await failure(restore({ backup: spoilt, ...filesOf(other) }))).toMatch(message)
    expect(await readdir(other.dataDir)).toEqual([KEK])
    expect((await restore({ backup, ...filesOf(other) })).tenants).toHaveLength(1)
  })

  it('waits for nobody who sets up the same registry, and leaves it alone', async () => {
    const { backup, place } = await newBackup()
    const other = await placeBeside(place)
    const setUp = new CleanUp()
    await openStoreToSetUp(filesOf(other), setUp)

    const beside =
      other.database === undefined ? other : { ...(await placeBeside(place)), database: other.database }
    const answer = await failure(restore({ backup, ...filesOf(beside) }))
    await setUp.run()

    expect(answer).toMatch(
      /^ERR_PROCURA_INVALID_CONFIGURATION .*(is in use by process|works on this database)/,
    )
    if (other.database === undefined) await rm(databaseOf(other))
    expect((await restore({ backup, ...filesOf(beside) })).tenants).toHaveLength(1)
  })

  it('takes a backup only from who has its key-encryption key, also as the one before [KC-02] [ST-15]', async () => {
    const { backup, place } = await newBackup()
    const other = await newPlace()
    const own = join(place.dataDir, KEK)
    const later = join(await temporaryFolder(), 'later')
    await createKeyEncryptionKeyFile(later)

    expect(await failure(restore({ backup, ...filesOf(other) }))).toMatch(
      /^ERR_PROCURA_INVALID_CONFIGURATION .*put the copy of the one/,
    )
    expect(await failure(restore({ backup, ...filesOf(other), env: { PROCURA_KEK_FILE: later } }))).toMatch(
      /^ERR_PROCURA_INVALID_KEY .*another key-encryption key .*PROCURA_KEK_PREVIOUS_FILE/,
    )
    expect(await readdir(other.dataDir)).toEqual([])
    const env = { PROCURA_KEK_FILE: later, PROCURA_KEK_PREVIOUS_FILE: own }
    expect((await restore({ backup, ...filesOf(other), env })).tenants).toHaveLength(1)
  })

  it.each([
    [
      'an added trigger',
      'CREATE TRIGGER evil AFTER INSERT ON audit BEGIN DELETE FROM outbox; END',
      /trigger evil was added/,
    ],
    ['a missing trigger', 'DROP TRIGGER audit_kept', /trigger audit_kept is missing/],
    [
      'a table with a name of its own',
      'CREATE TABLE "t; DROP TABLE audit" (a)',
      /table t; DROP TABLE audit was added/,
    ],
    ['an added column', 'ALTER TABLE nonces ADD COLUMN "a, b" TEXT', /table nonces was changed/],
  ])('refuses the backup of a registry with %s [ST-15]', async (_, sql, message) => {
    const { backup, place } = await newBackup()
    await seal(backup, place, sql)

    const answer = await failure(restore({ backup, ...filesOf(await placeBeside(place)) }))
    expect(answer).toMatch(/^ERR_PROCURA_INVALID_CONFIGURATION the backup has another schema/)
    expect(answer).toMatch(message)
  })

  it('refuses a newer schema, and an older program is told so', async () => {
    const { backup, place } = await newBackup()
    await seal(backup, place, 'INSERT INTO schema_version (version) VALUES (999)')

    const answer = await failure(restore({ backup, ...filesOf(await placeBeside(place)) }))
    expect(answer).toMatch(/^ERR_PROCURA_STORAGE the data have schema 999/)
  })
})

/** As somebody would who can write where backups lie, and has no key. */
async function addAdministrator(backup: string): Promise<void> {
  await change(
    backup,
    "INSERT INTO identities (tenant_id, did, role) VALUES ('acme', 'did:key:zEvil', 'admin')",
  )
}

/** Changes a copy, and lets its manifest fit. */
async function change(backup: string, sql: string): Promise<void> {
  const db = new DatabaseSync(copyIn(backup))
  db.exec(sql)
  db.close()
  const digest = await digestOfFile(copyIn(backup))
  await rewrite(backup, (text) => text.replace(/"sha256": "\w+"/, `"sha256": "${digest}"`))
}

/** The same, as whoever has the key-encryption key could. */
async function seal(backup: string, { dataDir }: Place, sql: string): Promise<void> {
  await change(backup, sql)
  const sealed = parseManifest(await readFile(manifestIn(backup), 'utf8'))
  if (sealed === undefined) throw new Error('it is no manifest')
  const kek = await loadKeyEncryptionKey({ file: join(dataDir, KEK) })
  await writeFile(manifestIn(backup), encodeManifest(sealed.manifest, kek))
}

async function flipByte(backup: string): Promise<void> {
  const bytes = await readFile(copyIn(backup))
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1
  await writeFile(copyIn(backup), bytes)
}

async function rewrite(backup: string, change: (text: string) => string): Promise<void> {
  await writeFile(manifestIn(backup), change(await readFile(manifestIn(backup), 'utf8')))
}
