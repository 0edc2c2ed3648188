import { copyFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { initialize } from '../../../../src/server/initialize.ts'
import { loadKeyEncryptionKeys } from '../../../../src/server/keys/key-encryption-key.ts'
import { openKeyRing } from '../../../../src/server/keys/key-ring.ts'
import { recoverAdmin } from '../../../../src/server/recover-admin.ts'
import { databaseName } from '../../../../src/server/store/postgres/database-name.ts'
import { openStore, temporaryDatabase } from '../fixtures.ts'

const ORIGIN = 'https://id.example'

async function hosts(count: number): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'procura-set-up-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return Array.from({ length: count }, (_, i) => join(folder, `host-${i}`))
}

it('lets one of several hosts that set up a database at the same time do so; the others with its key-encryption key', async () => {
  const database = await temporaryDatabase()
  const folders = await hosts(4)
  const setUp = (dataDir: string, i: number) =>
    initialize({ dataDir, database, tenant: `tenant-${i}`, origin: ORIGIN })

  const outcomes = await Promise.allSettled(folders.map(setUp))

  const done = outcomes.findIndex(({ status }) => status === 'fulfilled')
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
  expect(refused).toHaveLength(3)
  for (const reason of refused) expect(reason).toMatchObject({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' })
  const file = join(folders[done] ?? '', 'key-encryption-key')
  for (const [i, folder] of folders.entries()) {
    if (i === done) continue
    await expect(setUp(folder, i)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' })
    await copyFile(file, join(folder, 'key-encryption-key'))
    await setUp(folder, i)
  }
  const store = await openStore({ database })
  expect(await store.tenants()).toHaveLength(4)
  await openKeyRing({ store, ...(await loadKeyEncryptionKeys({ file })) })
  expect((await readFile(file, 'utf8')).trim()).toHaveLength(43)
})

it('names the database without user and password, and leaves the keys of other databases alone', async () => {
  const [folder = ''] = await hosts(1)
  const [one, two] = [await temporaryDatabase(), await temporaryDatabase()]
  const setUp = (database: string) =>
    initialize({ dataDir: folder, database, tenant: 'acme', origin: ORIGIN })

  const made = [await setUp(one), await setUp(two)]

  expect(made.map(({ database }) => database)).toEqual([one, two].map((url) => url.replace(/.*@/, '')))
  expect(new Set(made.map(({ adminKeyFile }) => adminKeyFile)).size).toBe(2)
  for (const { admin, adminKeyFile } of made) expect(await readFile(adminKeyFile, 'utf8')).toContain(admin)
})

it.each([
  ['postgres://u:secret-word@db.example/procura?sslmode=verify-full', 'db.example:5432/procura'],
  ['postgresql://u:secret-word@[::1]:6432/procura', '[::1]:6432/procura'],
  ['postgres:///procura?host=/run/postgresql&password=secret-word', '/run/postgresql:5432/procura'],
  ['postgres://db.example', 'db.example:5432'],
])('names the database of %s', (url, name) => {
  expect(databaseName(url)).toBe(name)
})

it('makes an administrator on a host that has no data directory yet', async () => {
  const [first = '', second = ''] = await hosts(2)
  const database = await temporaryDatabase()
  await initialize({ dataDir: first, database, tenant: 'acme', origin: ORIGIN })
  const env = { PROCURA_KEK_FILE: join(first, 'key-encryption-key') }

  const { admin, adminKeyFile } = await recoverAdmin({ dataDir: second, database, tenant: 'acme', env })

  expect(await readFile(adminKeyFile, 'utf8')).toContain(admin)
  expect((await stat(second)).mode & 0o777).toBe(0o700)
})
