import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type RunningService, startService } from '../../src/server/start-service.ts'
import { dataDir, failure, init, origin, start, useDataDirectory } from '../helpers/data-directory.ts'
import { adminCaller, send } from '../helpers/issuer-service.ts'

useDataDirectory()

describe('startService refuses, in one line', () => {
  it('a directory that was never initialised', async () => {
    expect(await failure(startService({ dataDir, logLevel: 'silent' }))).toMatch(
      /^ERR_PROCURA_INVALID_CONFIGURATION there is no issuer in .*: run "procura init/,
    )
    expect(await readdir(dataDir)).toEqual([])
  })

  it('another origin than the one that stands in the credentials', async () => {
    await init()

    expect(await failure(start({ origin: 'https://id.example' }))).toContain(`the origin is ${origin}`)
    expect((await start({ origin })).origin).toBe(origin)
  })

  it('a key-encryption key that is wrong, gone, or open to others [KC-02]', async () => {
    await init()
    const file = join(dataDir, 'key-encryption-key')
    const right = await readFile(file)
    await writeFile(file, `${Buffer.alloc(32, 1).toString('base64url')}\n`)
    expect(await failure(start())).toMatch(/^ERR_PROCURA_INVALID_KEY /)
    await chmod(file, 0o644)
    expect(await failure(start())).toContain('chmod 600')
    await rm(file)
    expect(await failure(start())).toMatch(/^ERR_PROCURA_INVALID_CONFIGURATION .*put the copy/)
    await writeFile(file, right, { mode: 0o600 })
    expect(await failure(start())).toBe('none')
  })

  it('a port that is in use', async () => {
    await init()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void other.close())
    const { port } = other.address() as { port: number }

    expect(await failure(start({ port }))).toBe(
      `ERR_PROCURA_INVALID_CONFIGURATION cannot listen on 127.0.0.1:${port}: the port is in use`,
    )
    expect(await failure(start())).toBe('none')
  })

  it('a second service on the same data', async () => {
    await init()
    await start()

    expect(await failure(start({ port: 0 }))).toContain('in use by process')
  })

  it('data of a newer program [ST-14]', async () => {
    await init()
    const database = new DatabaseSync(join(dataDir, 'procura.sqlite'))
    database.exec('INSERT INTO schema_version (version) VALUES (9999)')
    database.close()

    expect(await failure(start())).toMatch(/^ERR_PROCURA_STORAGE .*newer/)
  })
})

describe('a service', () => {
  it('publishes before it listens, and again when it closes', async () => {
    await init()
    const service = await start({ publisher: { heartbeatSeconds: 3600 } })
    const seq = async (at: RunningService) =>
      JSON.parse(
        Buffer.from(
          (await send(`${at.url}/status/acme/head`)).text.split('.')[1] ?? '',
          'base64url',
        ).toString(),
      ).seq

    expect(await seq(service)).toBe(1)
    await service.close()
    const again = await start()
    expect(await seq(again)).toBe(3)
  })

  it('listens on the loopback interface and on the port of its origin', async () => {
    await init()

    expect((await start()).url).toBe(origin)
  })

  it('finishes the requests that run when it closes', async () => {
    const initialized = await init()
    const service = await start()
    const admin = await adminCaller(service.url, initialized)
    const owner = { name: 'n', accountable: 'a', entitlements: [GRANT] }
    await admin.get('/v1/whoami')

    const running = Array.from({ length: 5 }, () => admin.post('/v1/owners', owner))
    await Promise.any(running)
    const [answers] = await Promise.all([Promise.allSettled(running), service.close()])

    // Who had not connected yet is turned away; who is answered is answered in full.
    const answered = answers.filter((answer) => answer.status === 'fulfilled')
    const created = answered.filter((answer) => answer.value.status === 201)
    expect(created.length).toBeGreaterThan(0)
    expect(created).toEqual(answered)
    expect(await service.ended).toBeUndefined()
    const again = await start()
    const { json } = await (await adminCaller(again.url, initialized)).get('/v1/owners')
    expect(json.items.length).toBeGreaterThanOrEqual(created.length)
  })
})

const GRANT = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }
