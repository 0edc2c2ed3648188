import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { createLocalSigner } from '../../src/securing/vc-jose/local-signer.ts'
import { recoverAdmin } from '../../src/server/recover-admin.ts'
import { run } from '../cli/run.ts'
import { dataDir, failure, init, start, useDataDirectory } from '../helpers/data-directory.ts'
import { type Caller, newCaller } from '../helpers/issuer-service.ts'

useDataDirectory()

async function callerOf(url: string, file: string): Promise<Caller> {
  return newCaller(url, await createLocalSigner(JSON.parse(readFileSync(file, 'utf8'))))
}

describe('recoverAdmin', () => {
  it('makes an administrator while the service runs, and ends the lost one [AA-08]', async () => {
    const { admin: lost, adminKeyFile } = await init()
    const { url } = await start()
    const loser = await callerOf(url, adminKeyFile)
    expect((await loser.get('/v1/whoami')).status).toBe(200)

    const recovered = await recoverAdmin({ dataDir, tenant: 'acme', replace: lost })

    const admin = await callerOf(url, recovered.adminKeyFile)
    expect((await admin.get('/v1/whoami')).json).toEqual({ tenant: 'acme', did: admin.did, role: 'admin' })
    expect((await loser.get('/v1/whoami')).json.code).toBe('unknown_principal')
    expect(statSync(recovered.adminKeyFile).mode & 0o777).toBe(0o600)
    const made = await admin.post('/v1/owners', {
      name: 'Support',
      accountable: 'Ada Lovelace',
      entitlements: [{ type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }],
    })
    expect(made.status).toBe(201)
  })

  it('stands in the audit trail by the key that it made [AA-08]', async () => {
    const { admin: lost } = await init()
    const recovered = await recoverAdmin({ dataDir, tenant: 'acme', replace: lost })
    const { url } = await start()

    const { json } = await (await callerOf(url, recovered.adminKeyFile)).get('/v1/audit')

    expect(json.items.at(-1)).toMatchObject({
      action: 'admin.recover',
      actor: recovered.admin,
      target: recovered.admin,
      details: { replaced: lost },
    })
  })

  it('is told once in the log of the service, as an alarm [AA-08]', async () => {
    await init()
    const { admin } = await recoverAdmin({ dataDir, tenant: 'acme' })
    const lines: string[] = []
    const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
    const first = await start({ logger })
    await expect.poll(() => lines.filter((line) => line.includes(admin))).toHaveLength(1)
    await first.close()

    await (await start({ logger })).close()

    expect(lines.filter((line) => line.includes('ALARM'))).toHaveLength(1)
  })

  it('leaves the other administrators when none is named', async () => {
    const { adminKeyFile } = await init()
    await recoverAdmin({ dataDir, tenant: 'acme' })
    const { url } = await start()

    expect((await (await callerOf(url, adminKeyFile)).get('/v1/principals')).json.items).toHaveLength(2)
  })

  it.each([
    ['another tenant', { tenant: 'globex' }, 'there is no tenant "globex"'],
    [
      'somebody who is no administrator',
      { replace: 'did:key:zNobody' } as const,
      'no administrator of "acme"',
    ],
  ])('does nothing for %s', async (_, changes, message) => {
    await init()
    const before = readdirSync(dataDir)

    expect(await failure(recoverAdmin({ dataDir, tenant: 'acme', ...changes }))).toContain(message)
    expect(readdirSync(dataDir).filter((name) => name.startsWith('admin-'))).toEqual(
      before.filter((name) => name.startsWith('admin-')),
    )
  })

  it('needs the key-encryption key of the registry, not only the registry [AA-08]', async () => {
    await init()
    writeFileSync(join(dataDir, 'key-encryption-key'), `${Buffer.alloc(32, 7).toString('base64url')}\n`)

    expect(await failure(recoverAdmin({ dataDir, tenant: 'acme' }))).toContain('ERR_PROCURA_INVALID_KEY')
  })

  it('says what to do where there is no issuer', async () => {
    expect(await failure(recoverAdmin({ dataDir, tenant: 'acme' }))).toContain('run "procura init')
  })
})

describe('procura admin recover', () => {
  it('says where the key is and who has ended', async () => {
    const { admin: lost } = await init()
    const words = ['admin', 'recover', '--data', dataDir, '--tenant', 'acme', '--replace', lost]

    const { code, json } = await run([...words, '--json'])

    expect(code).toBe(0)
    expect(json()).toMatchObject({ tenant: 'acme', replaced: lost })
    expect(JSON.parse(readFileSync(String(json().adminKeyFile), 'utf8')).kid).toContain(String(json().admin))
    expect((await run([...words.slice(0, -1), 'nobody'])).code).toBe(2)
  })
})
