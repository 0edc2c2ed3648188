import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Answer, send, startTestService, type TestService } from '../../helpers/issuer-service.ts'
import { AUDIENCE, startTransmitter, type TestTransmitter } from '../../helpers/signal-transmitter.ts'

let idp: TestTransmitter
let service: TestService
let endpoint: string
let logged: string[]

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  idp = await startTransmitter()
  logged = []
  const logger = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) })
  service = await startTestService({ signalIssuers: [idp.issuer], logger })
  const body = { issuer: idp.issuer, audience: AUDIENCE }
  endpoint = (await service.admin.post('/v1/signals/transmitters', body)).json.endpoint
}, 60_000)
afterEach(async () => {
  await service.close()
  await idp.close()
  vi.useRealTimers()
})

function push(token: string): Promise<Answer> {
  const headers = { 'content-type': 'application/secevent+jwt' }
  return send(endpoint, { method: 'POST', headers, body: token })
}

function outcome({ status, json }: Answer): string {
  return `${status} ${json.err ?? json.code ?? ''}`.trim()
}

describe('a token by a key that is not among those that were fetched before it came', () => {
  it('is to be brought again, and taken then, so that a rotation loses no event [L8]', async () => {
    expect(outcome(await push(await idp.account('account-enabled')))).toBe('202')
    await idp.rotate()
    const token = await idp.account('account-purged')
    const early = await push(token)

    expect([outcome(early), early.headers.get('retry-after')]).toEqual(['503 unavailable', '30'])
    expect(logged).not.toContain('a request failed')
    vi.setSystemTime(Date.now() + 30_000)
    expect(outcome(await push(token))).toBe('202')
  })

  it('is refused for good when those fetched afterwards lack it, too, and has them fetched no more often [PS-01]', async () => {
    const forged = await idp.sign({}, { header: { kid: 'unknown' }, withForeignKey: true })

    expect(outcome(await push(forged))).toBe('400 invalid_key')
    for (let i = 0; i < 50; i++) expect(outcome(await push(forged))).toBe('503 unavailable')
    expect(idp.asked).toEqual(['/.well-known/ssf-configuration/idp', '/idp/keys'])
    vi.setSystemTime(Date.now() + 30_000)
    expect(outcome(await push(forged))).toBe('400 invalid_key')
  })
})
