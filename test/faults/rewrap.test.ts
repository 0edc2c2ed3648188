import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { decodeBase64url } from '../../src/core/base64url.ts'
import { type Initialized, initialize } from '../../src/server/initialize.ts'
import { kekNameOf, unwrapKey, wrappedUnder } from '../../src/server/keys/envelope.ts'
import { createKeyEncryptionKeyFile } from '../../src/server/keys/key-encryption-key.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open-sqlite-store.ts'
import { addAgent, addOwner, adminCaller, type Caller, freePort, send } from '../helpers/issuer-service.ts'
import { type ServiceProcess, spawnService } from '../helpers/service-process.ts'

const TENANTS = 12
const KILLS = 4

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'procura-rewrap-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function readKey(file: string): Promise<Uint8Array> {
  return decodeBase64url((await readFile(file, 'utf8')).trim()) ?? new Uint8Array()
}

/** Issues until the service does not answer any more. @returns Answers other than 201. */
async function issueUntilEnd(admin: Caller, agent: string): Promise<readonly number[]> {
  const failed: number[] = []
  for (;;) {
    const answer = await admin.post('/v1/delegations', { agent, inherit: true }).catch(() => undefined)
    if (answer === undefined) return failed
    if (answer.status !== 201) failed.push(answer.status)
  }
}

/** Under which key each tenant's data-encryption key is; one that opens with neither fails the test. */
async function namesOf(
  dataDir: string,
  keks: readonly Uint8Array[],
): Promise<readonly (string | undefined)[]> {
  const store = await openSqliteStore({ file: join(dataDir, 'procura.sqlite') })
  const tenants = await store.tenants()
  const rows = (await Promise.all(tenants.map(({ id }) => store.keys(id, 'data-encryption')))).flat()
  await store.close()
  for (const row of rows) expect(keks.some((kek) => unwrapKey(row, kek) !== undefined)).toBe(true)
  expect(rows).toHaveLength(TENANTS)
  return rows.map(wrappedUnder)
}

it('a change of the key-encryption key that is killed midway, under load, leaves every key readable and fails no signature [KC-04]', async () => {
  const dataDir = await temporaryFolder()
  const cache = await temporaryFolder()
  const origin = `http://127.0.0.1:${await freePort()}`
  let first: Initialized | undefined
  for (let i = 0; i < TENANTS; i++) {
    const made = await initialize({ dataDir, origin, tenant: `tenant-${i}` })
    first ??= made
  }
  if (first === undefined) throw new Error('there is no tenant')
  const admin = await adminCaller(origin, first)
  const files = [join(dataDir, 'key-encryption-key')]
  let agent = ''

  for (let round = 0; round < KILLS; round++) {
    const [previous = ''] = files.slice(-1)
    const next = join(dataDir, `kek-${round}`)
    await createKeyEncryptionKeyFile(next)
    files.push(next)
    const env = { PROCURA_KEK_FILE: next, PROCURA_KEK_PREVIOUS_FILE: previous }
    const killed: ServiceProcess = await spawnService(dataDir, cache, { env })
    if (agent === '') agent = (await addAgent(origin, admin, (await addOwner(admin)).id)).agent.id
    const working = Promise.all([1, 2, 3].map(() => issueUntilEnd(admin, agent)))
    await sleep(round * 15)
    await killed.end('SIGKILL')

    expect((await working).flat()).toEqual([])
    await namesOf(dataDir, [await readKey(previous), await readKey(next)])
    const again = await spawnService(dataDir, cache, { env })
    await expect
      .poll(async () => (await send(`${origin}/readyz`)).json.previousKek, { timeout: 20_000 })
      .toBe('not_needed')
    expect((await admin.post('/v1/delegations', { agent, inherit: true })).status).toBe(201)
    await again.end('SIGTERM')
    const kek = await readKey(next)
    expect(new Set(await namesOf(dataDir, [kek]))).toEqual(new Set([kekNameOf(kek)]))
  }
}, 180_000)

it('without the previous key it does not start, and says which one is wanted [KC-02]', async () => {
  const dataDir = await temporaryFolder()
  const origin = `http://127.0.0.1:${await freePort()}`
  await initialize({ dataDir, origin, tenant: 'acme' })
  const other = join(dataDir, 'other')
  await writeFile(other, `${Buffer.alloc(32, 7).toString('base64url')}\n`, { mode: 0o600 })

  await expect(
    spawnService(dataDir, await temporaryFolder(), { env: { PROCURA_KEK_FILE: other } }),
  ).rejects.toThrow('PROCURA_KEK_PREVIOUS_FILE')
})
