import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send, startTestService } from '../../helpers/issuer-service.ts'

let service: Awaited<ReturnType<typeof startTestService>>

beforeAll(async () => {
  service = await startTestService({ tenants: ['globex'] })
})
afterAll(() => service.close())

describe('the keys for security event tokens', () => {
  it('are none before the first stream, and of no tenant that there is not', async () => {
    const answer = await send(`${service.url}/signals/acme/jwks.json`)

    expect(answer.json).toEqual({ keys: [] })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect((await send(`${service.url}/signals/initech/jwks.json`)).status).toBe(404)
    expect((await service.admin.post('/v1/keys/rotate', { use: 'security-event' })).status).toBe(404)
  })
})
