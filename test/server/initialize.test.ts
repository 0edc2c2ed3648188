import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startService } from '../../src/server/start-service.ts'
import { dataDir, failure, init, origin, start, useDataDirectory } from '../helpers/data-directory.ts'
import { adminCaller, send } from '../helpers/issuer-service.ts'

useDataDirectory()

describe('initialize', () => {
  it('makes files that nobody else may read, and an administrator who may call [AA-08]', async () => {
    const initialized = await init()
    const { url } = await start()
    const admin = await adminCaller(url, initialized)

    const files = await readdir(dataDir)
    expect(files).toEqual(expect.arrayContaining(['admin-acme.json', 'key-encryption-key', 'procura.sqlite']))
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
    for (const file of ['admin-acme.json', 'key-encryption-key', 'procura.sqlite']) {
      expect((await stat(join(dataDir, file))).mode & 0o077, file).toBe(0)
    }
    expect((await admin.get('/v1/whoami')).json).toEqual({
      tenant: 'acme',
      did: initialized.admin,
      role: 'admin',
    })
  })

  it('refuses a tenant that exists and changes nothing [AA-08]', async () => {
    await init()
    const before = await Promise.all(
      ['admin-acme.json', 'key-encryption-key'].map((f) => readFile(join(dataDir, f))),
    )

    expect(await failure(init())).toBe(
      'ERR_PROCURA_INVALID_CONFIGURATION the tenant "acme" is initialised already; nothing was changed',
    )
    const after = await Promise.all(
      ['admin-acme.json', 'key-encryption-key'].map((f) => readFile(join(dataDir, f))),
    )
    expect(after).toEqual(before)
  })

  it('makes exactly one administrator when two race for it [AA-08]', async () => {
    const outcomes = await Promise.allSettled([init(), init(), init()])

    const made = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    expect(made).toHaveLength(1)
    const { url } = await start()
    const [first] = made
    if (first?.status !== 'fulfilled') throw new Error('one was made')
    const { json } = await (await adminCaller(url, first.value)).get('/v1/principals')
    expect(json.items).toHaveLength(1)
  })

  it('adds another tenant with keys and an administrator of its own [AA-08, T1]', async () => {
    const acme = await init()
    const globex = await init({ tenant: 'globex', environment: 'staging' })

    expect(globex.tenant.environment).toBe('staging')
    expect(new Set([acme.admin, globex.admin, acme.trust.authority, globex.trust.authority]).size).toBe(4)
    const { url } = await start()
    expect((await (await adminCaller(url, globex)).get('/v1/whoami')).json.tenant).toBe('globex')
  })

  it('finishes what was interrupted before its tenant existed', async () => {
    await init()
    await writeFile(join(dataDir, 'admin-globex.json'), '{"half":')

    const globex = await init({ tenant: 'globex' })

    const { url } = await start()
    expect((await (await adminCaller(url, globex)).get('/v1/whoami')).status).toBe(200)
  })

  it('keeps the key of an administrator that lies in the directory, of another registry perhaps [AA-08]', async () => {
    const first = await init()
    const text = await readFile(first.adminKeyFile, 'utf8')
    await rm(join(dataDir, 'procura.sqlite'))

    const second = await init()

    expect(await readFile(first.adminKeyFile, 'utf8')).toBe(text)
    expect([first.adminKeyFile, second.adminKeyFile]).toEqual([
      join(dataDir, 'admin-acme.json'),
      join(dataDir, `admin-acme-${second.admin.slice(-8)}.json`),
    ])
    expect(second.database).toBe(join(dataDir, 'procura.sqlite'))
    const { url } = await start()
    expect((await (await adminCaller(url, second)).get('/v1/whoami')).json.did).toBe(second.admin)
  })

  it('says which directory cannot be written', async () => {
    const file = join(dataDir, 'file')
    await writeFile(file, '')

    expect(await failure(init({ dataDir: join(file, 'data') }))).toMatch(
      /^ERR_PROCURA_INVALID_CONFIGURATION cannot write .*file\/data \(ENOTDIR\)/,
    )
  })

  it.each([
    { wrong: 'a tenant that is no path segment', changes: { tenant: '../acme' } },
    { wrong: 'a tenant in capitals', changes: { tenant: 'ACME' } },
    { wrong: 'an environment with spaces', changes: { environment: 'pro duction' } },
    { wrong: 'an origin with a path', changes: { origin: 'https://id.example/procura' } },
    { wrong: 'an origin without TLS', changes: { origin: 'http://id.example' } },
    { wrong: 'an origin that is none', changes: { origin: 'id.example' } },
    { wrong: 'an origin that is not in its normal form', changes: { origin: 'https://ID.example:443' } },
  ])('refuses $wrong', async ({ changes }) => {
    expect(await failure(init(changes))).toMatch(/^ERR_PROCURA_INVALID_CONFIGURATION /)
    expect(await failure(init())).toBe('none')
  })

  it('makes one tenant the did:web of the origin, and no second one', async () => {
    const acme = await init({ didWeb: true })
    const did = `did:web:${new URL(origin).host.replace(':', '%3A')}`

    expect([acme.tenant.authority, acme.tenant.statusIssuer]).toEqual([did, `${did}:status`])
    expect(await failure(init({ tenant: 'globex', didWeb: true }))).toBe(
      `ERR_PROCURA_INVALID_CONFIGURATION ${did} is another tenant's already: leave --did-web out`,
    )
    expect((await init({ tenant: 'globex' })).tenant.authority).toMatch(/^did:key:/)
  })

  it.each(['http://[::1]:8787', 'https://intranet', 'https://192.168.0.1'])(
    'makes no did:web of %s, and nothing else either',
    async (place) => {
      expect(await failure(init({ didWeb: true, origin: place }))).toContain('no did:web can name the host')
      expect(await failure(init())).toBe('none')
    },
  )

  it('keeps the origin that was chosen first', async () => {
    await init()

    expect(await failure(init({ tenant: 'globex', origin: 'https://id.example' }))).toContain(origin)
  })

  it('takes the key-encryption key from the environment, and then writes none', async () => {
    const env = { PROCURA_KEK: Buffer.alloc(32, 7).toString('base64url') }
    await init({ env })

    expect(await readdir(dataDir)).not.toContain('key-encryption-key')
    expect(await failure(startService({ dataDir, logLevel: 'silent' }))).toMatch(
      /^ERR_PROCURA_INVALID_CONFIGURATION /,
    )
    expect((await send(`${(await start({ env })).url}/readyz`)).status).toBe(200)
  })

  it('does not change a directory on which a service works', async () => {
    await init()
    const service = await start()

    expect(await failure(init({ tenant: 'globex' }))).toContain('in use by process')
    await service.close()
    expect(await failure(init({ tenant: 'globex' }))).toBe('none')
  })
})
