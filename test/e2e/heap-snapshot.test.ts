import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { dataFiles } from '../../src/server/data-directory.ts'
import { initialize } from '../../src/server/initialize.ts'
import { openDataKey, unwrapKey } from '../../src/server/keys/envelope.ts'
import { loadKeyEncryptionKeys } from '../../src/server/keys/key-encryption-key.ts'
import { scratch } from '../cli/run.ts'
import { freePort } from '../helpers/issuer-service.ts'
import { spawnService } from '../helpers/service-process.ts'

/** The private halves of the service's own keys, as one who has everything at rest reads them. */
async function privateHalves(dataDir: string): Promise<readonly Buffer[]> {
  const { database, keyEncryptionKey } = dataFiles(dataDir)
  const keks = await loadKeyEncryptionKeys({ file: keyEncryptionKey, env: {} })
  const db = new DatabaseSync(database, { readOnly: true })
  const rows = db.prepare('SELECT tenant_id, key_id, use, wrapped FROM keys').all()
  db.close()
  const keys = rows.map((row) => ({
    tenant: String(row.tenant_id),
    id: String(row.key_id),
    use: row.use as 'authority',
    wrapped: row.wrapped as Uint8Array,
  }))
  const wrapping = keys.find(({ use }) => String(use) === 'data-encryption')
  const dataKey = wrapping && openDataKey(wrapping, keks)
  return keys.flatMap((key) => {
    const plain = key === wrapping ? undefined : unwrapKey(key, dataKey ?? new Uint8Array())
    return plain === undefined ? [] : [Buffer.from(JSON.parse(Buffer.from(plain).toString()).d, 'base64url')]
  })
}

/** Waits until the snapshot that a process was asked for is written whole. */
async function snapshotIn(directory: string): Promise<Buffer> {
  for (let before = -1; ; await sleep(200)) {
    const [name] = readdirSync(directory).filter((file) => file.endsWith('.heapsnapshot'))
    const size = name === undefined ? -1 : statSync(join(directory, name)).size
    if (name !== undefined && size > 0 && size === before) {
      const content = readFileSync(join(directory, name))
      if (content.subarray(-8).toString().includes('}')) return content
    }
    before = size
  }
}

it('shows no private key in a heap snapshot of the service that signs with it [KC-01]', async () => {
  const directory = scratch()
  const dataDir = join(directory, 'data')
  mkdirSync(join(directory, 'dump'))
  const origin = `http://127.0.0.1:${await freePort()}`
  const { tenant } = await initialize({ dataDir, tenant: 'acme', origin })
  const keys = await privateHalves(dataDir)
  const options = `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${join(directory, 'dump')}`
  const service = await spawnService(dataDir, join(directory, 'cache'), { env: { NODE_OPTIONS: options } })
  onTestFinished(() => void service.end('SIGKILL'))
  await (await fetch(`${service.url}/.well-known/procura`)).text()

  service.child.kill('SIGUSR2')
  const heap = await snapshotIn(join(directory, 'dump'))

  expect(heap.includes(tenant.authority)).toBe(true)
  expect(keys).toHaveLength(3)
  for (const key of keys) {
    expect(key).toHaveLength(32)
    for (const form of ['base64url', 'base64', 'hex', 'latin1'] as const) {
      expect(heap.includes(key.toString(form)), form).toBe(false)
    }
  }
}, 60_000)
