import { describe, expect, it, onTestFinished } from 'vitest'
import { newCaller, send, startTestService } from '../../helpers/issuer-service.ts'

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
    expect(answer.headers.get('retry-after')).toBe('60')
  })

  it('of any kind are bounded too', async () => {
    const limited = await startTestService({ requestsPerMinute: 3 })
    onTestFinished(() => limited.close())
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await send(`${limited.url}/livez`)).status)

    expect(statuses).toEqual([200, 200, 200, 429, 429])
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
