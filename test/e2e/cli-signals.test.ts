import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, run } from '../cli/run.ts'
import { addOwner, send, startTestService, type TestService } from '../helpers/issuer-service.ts'
import { AUDIENCE, startTransmitter, type TestTransmitter } from '../helpers/signal-transmitter.ts'

let idp: TestTransmitter
let service: TestService
let directory: string

beforeAll(async () => {
  idp = await startTransmitter()
  service = await startTestService({ signalIssuers: [idp.issuer] })
  directory = mkdtempSync(join(tmpdir(), 'procura-signals-'))
  const settings = `issuer: ${service.url}\nkeyFile: ${service.initialized.adminKeyFile}\n`
  writeFileSync(join(directory, 'procura.yaml'), settings)
})

afterAll(async () => {
  await service.close()
  await idp.close()
  rmSync(directory, { recursive: true, force: true })
})

function procura(...words: string[]): Promise<Outcome> {
  return run(words, { directory, fetch: (input, init) => fetch(input, init) })
}

function receiver(...words: string[]): Promise<Outcome> {
  return procura('signals', 'receiver', ...words)
}

describe('procura signals receiver', () => {
  it('registers an identity provider, whose word then ends the owners that are linked to it', async () => {
    const { id } = await addOwner(service.admin)
    expect((await receiver('list')).stdout).toContain('No transmitter is registered.')
    const added = await receiver('add', '--transmitter', idp.issuer, '--audience', AUDIENCE, '--json')
    const [transmitter, endpoint, authorization] = ['id', 'endpoint', 'authorizationHeader'].map((name) =>
      String(added.json()[name]),
    ) as [string, string, string]
    const linked = await procura('owner', 'link', id, '--provider', idp.issuer, '--subject', 'ada')
    expect(linked).toMatchObject({ code: 0, stdout: expect.stringContaining('told of it before now') })

    const push = async (sent: string) =>
      (
        await send(endpoint, {
          method: 'POST',
          headers: { 'content-type': 'application/secevent+jwt', authorization: sent },
          body: await idp.account('account-disabled'),
        })
      ).status
    expect([await push('Bearer wrong'), await push(authorization)]).toEqual([400, 202])
    expect((await procura('owner', 'show', id)).stdout).toContain('suspended')
    expect((await receiver('list')).stdout).toMatch(/2026.*never +unknown +1, last authentication_failed/)

    expect(await receiver('remove', transmitter)).toMatchObject({ code: 0 })
    expect(await receiver('remove', transmitter)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('procura signals receiver list'),
    })
    expect(await push(authorization)).toBe(404)
  })

  it('says why it does not register an issuer that the operator has not listed', async () => {
    const refused = await receiver('add', '--transmitter', 'https://x.example', '--audience', AUDIENCE)

    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('the operator has listed') })
  })
})

describe('procura owner unlink', () => {
  it('has nobody tell of the human any more', async () => {
    const { id } = await addOwner(service.admin, { subject: { issuer: idp.issuer, subject: 'eve' } })
    expect((await procura('owner', 'show', id, '--json')).json().subject).toEqual({
      issuer: idp.issuer,
      subject: 'eve',
    })

    expect(await procura('owner', 'unlink', id)).toMatchObject({ code: 0 })
    expect((await procura('owner', 'show', id, '--json')).json().subject).toBeUndefined()
  })
})

describe('procura signals stream', () => {
  const stream = (...words: string[]) => procura('signals', 'stream', ...words)

  it('lists, shows, pauses, resumes, sends again and ends the streams of receivers', async () => {
    expect((await stream('list')).stdout).toContain('There is no stream')
    const body = { delivery: { method: 'urn:ietf:rfc:8936' }, aud: 'https://mail.example/' }
    const { stream_id: id } = (await service.admin.post('/v1/signals/stream', body)).json

    expect((await stream('list')).stdout).toMatch(/str_\S+ +enabled +poll +https:\/\/mail\.example\//)
    expect((await stream('pause', id, '--reason', 'maintenance')).stdout).toMatch(/status +paused/)
    expect((await stream('show', id)).stdout).toMatch(/reason +maintenance/)
    expect((await stream('resume', id)).stdout).toMatch(/status +enabled/)
    expect((await stream('redeliver', id)).stdout).toContain('0 events sent again')
    expect(await stream('remove', id)).toMatchObject({ code: 2 })
    expect(await stream('remove', id, '--yes')).toMatchObject({ code: 0 })
    expect(await stream('show', id)).toMatchObject({ code: 2 })
  })

  it('shows the reason of a receiver without what would move the cursor', async () => {
    const body = { delivery: { method: 'urn:ietf:rfc:8936' } }
    const { stream_id } = (await service.admin.post('/v1/signals/stream', body)).json
    const reason = 'moved\u001b[2J away'
    await service.admin.post('/v1/signals/status', { stream_id, status: 'paused', reason })

    expect((await stream('show', stream_id)).stdout).toMatch(/reason +moved\ufffd\[2J away/)
  })
})
