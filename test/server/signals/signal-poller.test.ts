import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addOwner, send, startTestService, type TestService } from '../../helpers/issuer-service.ts'
import { AUDIENCE, startTransmitter, type TestTransmitter } from '../../helpers/signal-transmitter.ts'

const PATH = '/v1/signals/transmitters'

let idp: TestTransmitter
let service: TestService
let tokens: string

beforeAll(async () => {
  idp = await startTransmitter()
  tokens = await mkdtemp(join(tmpdir(), 'procura-tokens-'))
  service = await startTestService({ signalIssuers: [idp.issuer], signalTokens: tokens })
}, 60_000)
afterAll(async () => {
  await service.close()
  await idp.close()
  await rm(tokens, { recursive: true, force: true })
})

function body(changes: object = {}): object {
  return { issuer: idp.issuer, audience: AUDIENCE, pollUrl: `${idp.issuer}/poll`, ...changes }
}

describe('a transmitter whose events are fetched', () => {
  it('is asked with its token, oldest event first, and told what was done and what never will be [L8]', async () => {
    const { id } = await addOwner(service.admin, { subject: { issuer: idp.issuer, subject: 'ada' } })
    const now = Math.floor(Date.now() / 1000)
    idp.offer('b', await idp.account('account-enabled', { jti: 'b', iat: now }))
    idp.offer('a', await idp.account('account-disabled', { jti: 'a', iat: now - 5 }))
    idp.offer('c', await idp.sign({ jti: 'c' }, { withForeignKey: true }))
    idp.offer('d', 'no token')
    const { json } = await service.admin.post(PATH, body({ lifts: true }))
    await writeFile(join(tokens, json.id), 'token\n', { mode: 0o600 })

    await vi.waitFor(() => expect(idp.answers).toHaveLength(1), { timeout: 30_000, interval: 50 })
    const description = expect.any(String)
    expect(idp.answers).toEqual([
      {
        ack: ['a', 'b'],
        setErrs: { c: { err: 'invalid_key', description }, d: { err: 'invalid_request', description } },
      },
    ])
    const { items } = (await service.admin.get(`/v1/audit?owner=${id}`)).json
    expect(items.slice(-2).map(({ action }: { action: string }) => action)).toEqual([
      'owner.suspend',
      'owner.resume',
    ])
  })

  it('brings none itself', async () => {
    const { json } = await service.admin.post(PATH, body())
    const init = { method: 'POST', headers: { 'content-type': 'application/secevent+jwt' }, body: 'x' }

    expect(json.endpoint).toBeUndefined()
    expect((await send(`${service.url}/signals/acme/${json.id}`, init)).status).toBe(404)
  })

  it.each<[what: string, changes: object]>([
    ['over http elsewhere than at a listed issuer', { pollUrl: 'http://127.0.0.1:1/poll' }],
    ['with a password', { pollUrl: 'https://ada:secret@login.example/poll' }],
    ['and of which a secret is wanted', { authorization: 'Bearer 0123456789abcdef' }],
  ])('is not asked %s', async (_, changes) => {
    const answer = await service.admin.post(PATH, body(changes))

    expect([answer.status, answer.json.errors[0].pointer]).toEqual([422, '/pollUrl'])
  })
})
