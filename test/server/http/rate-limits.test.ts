import type { Request as ExpressRequest, Response as ExpressResponse } from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { limitFailures } from '../../../src/server/http/failure-limiter.ts'
import { rateLimited } from '../../../src/server/http/rate-limited.ts'
import { newCaller, send, startTestService } from '../../helpers/issuer-service.ts'

/** As the application server hands them on: only what the limiter looks at. */
function addressed(): ExpressRequest {
  return { ip: '192.0.2.1' } as ExpressRequest
}

function answered(statusCode: number): ExpressResponse {
  return { statusCode, once: (_: string, finished: () => void) => finished() } as ExpressResponse
}

function expectSecondsOfMinute(header: string | null): number {
  expect(header).toMatch(/^[1-9]\d?$/)
  expect(Number(header)).toBeLessThanOrEqual(60)
  return Number(header)
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

  it('that fail are told how long is left of the minute, not always a whole one', () => {
    let now = 1_000_000
    const waits: number[] = []
    const limit = limitFailures(
      1,
      () => now,
      (_, waitMs) => waits.push(waitMs),
    )
    const ask = () => limit(addressed(), answered(401), () => {})
    ask()
    now += 20_500
    ask()
    ask()

    expect(waits).toEqual([39_500, 39_500])
    expect(rateLimited(39_500, 'requests').facts.headers).toEqual({ 'retry-after': '40' })
    expect(rateLimited(-5, 'requests').facts.headers).toEqual({ 'retry-after': '1' })
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
