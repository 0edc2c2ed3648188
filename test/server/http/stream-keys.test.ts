import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send, startTestService } from '../../helpers/issuer-service.ts'

let service: Awaited<ReturnType<typeof startTestService>>

beforeAll(async () => {
  service = await startTestService({ didWeb: true })
})
afterAll(() => service.close())

const keys = async () => (await send(`${service.url}/signals/acme/jwks.json`)).json.keys

describe('the keys for security event tokens', () => {
  it('are none before the first stream, and of no tenant that there is not', async () => {
    const answer = await send(`${service.url}/signals/acme/jwks.json`)

    expect(answer.json).toEqual({ keys: [] })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect((await send(`${service.url}/signals/initech/jwks.json`)).status).toBe(404)
    expect((await service.admin.post('/v1/keys/rotate', { use: 'security-event' })).status).toBe(404)
  })

  it('are one with the first stream, which is in no DID document, as theirs is not in the set [TX-03]', async () => {
    for (let i = 0; i < 2; i++) {
      expect((await service.admin.post('/v1/signals/stream', {})).status).toBe(201)
    }

    const [key, ...more] = await keys()
    expect(more).toEqual([])
    expect(key).toMatchObject({ kty: 'RSA', alg: 'RS256', use: 'sig' })
    for (const path of ['/.well-known/did.json', '/status/did.json']) {
      const { text } = await send(service.url + path)
      expect(text).toContain('Multikey')
      expect(text).not.toContain(key.kid)
      expect(text).not.toContain(key.n)
    }
  })

  it('rotate with those of the service: the next one is in the set before it signs', async () => {
    const [first] = await keys()

    const rotated = await service.admin.post('/v1/keys/rotate', { use: 'security-event' })

    expect(rotated.json).toMatchObject({ use: 'security-event', state: 'prepared' })
    expect((await keys()).map(({ kid }: { kid: string }) => kid)).toEqual([first.kid, rotated.json.id])
    const inToken = { use: 'security-event', signer: 'pkcs11:token=a;object=b' }
    expect((await service.admin.post('/v1/keys/rotate', inToken)).status).toBe(422)
  })
})
