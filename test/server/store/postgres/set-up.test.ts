import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { initialize } from '../../../../src/server/initialize.ts'
import { loadKeyEncryptionKeys } from '../../../../src/server/keys/key-encryption-key.ts'
import { openKeyRing } from '../../../../src/server/keys/key-ring.ts'
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
