import { describe, expect, it, onTestFinished } from 'vitest'
import { createExpressApp } from '../../../src/server/http/express-app.ts'
import { FailureLimiter } from '../../../src/server/http/failure-limiter.ts'
import { createHttpServer, drain, listen } from '../../../src/server/http/http-server.ts'
import { rateLimited } from '../../../src/server/http/rate-limited.ts'
import { newCaller, send, startTestService } from '../../helpers/issuer-service.ts'

function expectSecondsOfMinute(header: string | null): number {
  expect(header).toMatch(/^[1-9]\d?$/)
  expect(Number(header)).toBeLessThanOrEqual(60)
  return Number(header)
}

/** A server that answers every call with 401, of which one is allowed in a minute. */
async function serveNobody({ trustedProxies }: { trustedProxies: number }) {
  let told = 0
  const app = createExpressApp(async () => Response.json({}, { status: 401 }), {
    origin: 'http://127.0.0.1',
    requestsPerMinute: 100,
    unsignedPerMinute: 1,
    trustedProxies,
    onUntrustedProxy: () => void told++,
  })
  const server = createHttpServer(app)
  const url = `http://${await listen(server, '127.0.0.1', 0)}/v1/whoami`
  onTestFinished(() => drain(server))
  const ask = async (address?: string) =>
    (await fetch(url, address === undefined ? {} : { headers: { 'x-forwarded-for': address } })).status
  return { ask, told: () => told }
}

describe('requests per minute', () => {
  it('that prove nobody are few for one address; those that do are many', async () => {
    const limited = await startTestService({ unsignedPerMinute: 5 })
    onTestFinished(() => limited.close())
    const stranger = await newCaller(limited.url)
    const statuses = []
    for (let i = 0; i < 7; i++) statuses.push((await stranger.get('/v1/whoami')).status)

    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
    const answer = await send(`${limited.url}/v1/whoami`)
    expect(answer.json.code).toBe('rate_limited')
    expectSecondsOfMinute(answer.headers.get('retry-after'))
  })

  it('that fail are told how long is left of the minute, not always a whole one', async () => {
    let now = 1_000_000
    const limiter = new FailureLimiter(
      1,
      () => now,
      () => 'a request id',
    )
    const ask = () =>
      limiter.guard({ ip: '192.0.2.1', headers: {} }, async () => Response.json({}, { status: 401 }))
    await ask()
    now += 20_500

    expect((await ask()).headers.get('retry-after')).toBe('40')
    now += 39_500
    expect((await ask()).status).toBe(401)
    expect(rateLimited(-5, 'requests').facts.headers).toEqual({ 'retry-after': '1' })
  })

  it('that prove nobody keep nobody out who proves who he is, at the same address', async () => {
    const limited = await startTestService({ unsignedPerMinute: 3 })
    onTestFinished(() => limited.close())
    for (let i = 0; i < 3; i++) expect((await send(`${limited.url}/v1/whoami`)).status).toBe(401)
    const forged = { 'signature-input': 'procura=()', signature: 'procura=:AAAA:' }

    expect((await send(`${limited.url}/v1/whoami`)).status).toBe(429)
    expect((await send(`${limited.url}/v1/whoami`, { headers: forged })).status).toBe(429)
    expect((await limited.admin.get('/v1/whoami')).status).toBe(200)
    expect((await limited.admin.post('/v1/owners/own_nobody/revoke')).status).toBe(404)
  })

  it('are those of a whole proxy that is not trusted, which is told once', async () => {
    const direct = await serveNobody({ trustedProxies: 0 })
    const proxied = await serveNobody({ trustedProxies: 1 })
    await proxied.ask('192.0.2.1')
    await direct.ask()
    expect([direct.told(), proxied.told()]).toEqual([0, 0])

    expect([await direct.ask('192.0.2.1'), await direct.ask('192.0.2.2')]).toEqual([429, 429])
    expect([direct.told(), proxied.told()]).toEqual([1, 0])
  })

  it('are counted for each caller behind a proxy that is trusted', async () => {
    const { ask } = await serveNobody({ trustedProxies: 1 })

    expect([await ask('192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.2')]).toEqual([401, 429, 401])
  })

  it('of any kind are bounded too', async () => {
    const limited = await startTestService({ requestsPerMinute: 3 })
    onTestFinished(() => limited.close())
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await send(`${limited.url}/livez`)).status)

    expect(statuses).toEqual([200, 200, 200, 429, 429])
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const seconds = expectSecondsOfMinute((await send(`${limited.url}/livez`)).headers.get('retry-after'))
    expect(seconds).toBeLessThan(60)
  })

  it('that change something are bounded for each caller; reads are not', async () => {
    const limited = await startTestService({ writesPerMinute: { perPrincipal: 2 } })
    onTestFinished(() => limited.close())
    const write = () => limited.admin.post('/v1/owners/own_nobody/resume')
    const statuses = [await write(), await write(), await write()].map(({ status }) => status)

    expect(statuses).toEqual([404, 404, 429])
    const refused = await write()
    expect(refused.json.code).toBe('rate_limited')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await limited.admin.get('/v1/whoami')).status).toBe(200)
  })
})
