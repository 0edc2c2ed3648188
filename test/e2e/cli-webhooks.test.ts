import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Outcome, run } from '../cli/run.ts'
import { startTestService } from '../helpers/issuer-service.ts'
import { openReceiver } from '../helpers/webhook-receiver.ts'

/** The engine looks once a second, and a busy machine takes its time. */
const PATIENCE = { timeout: 30_000 }

async function start() {
  const receiver = await openReceiver()
  const service = await startTestService({ deliveryHosts: [receiver.host] })
  const directory = mkdtempSync(join(tmpdir(), 'procura-cli-'))
  onTestFinished(async () => {
    await service.close()
    rmSync(directory, { recursive: true, force: true })
  })
  const settings = `issuer: ${service.url}\nkeyFile: ${service.initialized.adminKeyFile}\n`
  writeFileSync(join(directory, 'procura.yaml'), settings)
  const procura = (...words: string[]): Promise<Outcome> =>
    run(['webhook', ...words], { directory, fetch: (input, init) => fetch(input, init) })
  return { receiver, procura, url: service.url }
}

it('procura webhook says which command lists webhooks where there is none of that id', async () => {
  const { procura } = await start()

  for (const verb of ['show', 'pause', 'test', 'deliveries'])
    expect(await procura(verb, 'nope')).toMatchObject({
      code: 1,
      stderr: 'procura: there is no webhook "nope"; `procura webhook list` shows those there are\n',
    })
})

it('procura webhook names the setting that lets a private host be told, and calls no paused one well', async () => {
  const { receiver, procura } = await start()

  expect((await procura('add', 'http://10.0.0.5/')).stderr).toContain('PROCURA_DELIVERY_HOSTS')
  const added = await procura('add', receiver.url)
  const [, id = ''] = /(whk_\S+)/.exec(added.stdout) ?? []
  expect(added.stdout).toMatch(/health +well/)
  expect((await procura('pause', id)).stdout).toMatch(/health +not tried while paused/)
})

it('procura webhook adds one, shows that it fails, sends again, and removes it', async () => {
  const { receiver, procura, url } = await start()
  receiver.status = 503
  const added = await procura('add', receiver.url, '--type', 'agent.revoked', '--description', 'our SIEM')
  const [, id = ''] = /(whk_\S+)/.exec(added.stdout) ?? []
  expect(added.stdout).toContain(`${url}/webhooks/acme/jwks.json`)
  expect((await procura('test', id)).code).toBe(0)
  await expect.poll(async () => (await procura('list')).stdout, PATIENCE).toMatch(/active +fails since/)

  const failing = await procura('deliveries', id, '--state', 'pending')
  expect(failing.stdout).toMatch(/evt_\S+ +webhook\.test +whk_\S+ +pending +1 +503/)
  receiver.status = 204
  const event = /evt_\S+/.exec(failing.stdout)?.[0] ?? ''
  expect((await procura('redeliver', id, '--event', event)).stdout).toContain('1 event sent again')
  await expect
    .poll(async () => (await procura('deliveries', id)).stdout, PATIENCE)
    .toMatch(/delivered +1 +204/)
  expect((await procura('show', id)).stdout).toMatch(/for +our SIEM\n.*agent\.revoked[\s\S]*health +well/)

  expect((await procura('pause', id)).stdout).toMatch(/state +paused/)
  expect((await procura('resume', id)).stdout).toMatch(/state +active/)
  expect((await procura('remove', id)).code).toBe(2)
  expect((await procura('remove', id, '--yes')).stdout).toContain(`${id} is removed`)
  expect((await procura('list')).stdout).toContain('There is no webhook.')
})
