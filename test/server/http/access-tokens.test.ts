import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startService } from '../../../src/server/start-service.ts'
import { type Answer, send, startTestService, type TestService } from '../../helpers/issuer-service.ts'
import { startProvider, type TestProvider } from '../../helpers/openid-provider.ts'

let provider: TestProvider
let service: TestService

beforeAll(async () => {
  provider = await startProvider()
  service = await startTestService({ unsignedPerMinute: 1000, oidcIssuers: [provider.issuer] })
  for (const subject of ['robot', 'ada@acme.example']) await register(subject)
}, 60_000)
afterAll(async () => {
  await service.close()
  await provider.close()
})

function register(subject: string, role = 'auditor'): Promise<Answer> {
  return service.admin.post('/v1/principals', { oidc: { issuer: provider.issuer, subject }, role })
}

function whoami(token: string, scheme = 'Bearer', path = '/v1/whoami'): Promise<Answer> {
  return send(service.url + path, { headers: { authorization: `${scheme} ${token}` } })
}

function problem({ status, json }: Answer): string {
  return `${status} ${json.code} ${json.dimension ?? ''}`.trim()
}

/** As a provider makes them, for a person. */
function claims(changes: object = {}) {
  const now = Math.floor(Date.now() / 1000)
  return {
    iss: provider.issuer,
    aud: service.url,
    sub: 'ada@acme.example',
    client_id: 'console',
    jti: 'one',
    iat: now,
    exp: now + 300,
    ...changes,
  }
}

function withoutClaim(name: string): object {
  return { [name]: undefined }
}

describe('an access token', () => {
  it('of a real OpenID provider lets in who was registered, in that role', async () => {
    const token = await provider.token(service.url)

    expect((await whoami(token)).json).toEqual({
      tenant: 'acme',
      oidc: {
        id: `oidc:http~3A~2F~2F127.0.0.1~3A${new URL(provider.issuer).port}:robot`,
        issuer: provider.issuer,
        subject: 'robot',
      },
      role: 'auditor',
    })
    expect((await whoami(token, 'Bearer', '/v1/audit')).status).toBe(200)
    const write = { method: 'POST', headers: { authorization: `Bearer ${token}` } }
    expect(problem(await send(`${service.url}/v1/owners`, write))).toBe('403 forbidden')
  })

  it('of a person is as good, until the role ends', async () => {
    const token = await provider.sign(claims())
    const { json } = await whoami(token)
    expect(json.oidc.subject).toBe('ada@acme.example')

    expect((await service.admin.delete(`/v1/principals/${json.oidc.id}`)).status).toBe(200)
    expect(problem(await whoami(token))).toBe('401 unknown_principal')
  })

  it('of an administrator changes things, and the audit trail names issuer and subject [A1]', async () => {
    await register('grace', 'admin')
    const token = await provider.sign(claims({ sub: 'grace' }))
    const init = {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        name: 'Support',
        accountable: 'Ada Lovelace',
        entitlements: [{ type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }],
      }),
    }
    const made = await send(`${service.url}/v1/owners`, init)
    const { json } = await service.admin.get(`/v1/audit?owner=${made.json.id}`)

    expect(made.status).toBe(201)
    expect(json.items[0]).toMatchObject({ action: 'owner.create', role: 'admin' })
    expect(json.items[0].actor).toMatch(/^oidc:http~3A~2F~2F127\.0\.0\.1~3A\d+:grace$/)
  })

  it('of somebody whom nobody registered lets nobody in', async () => {
    expect(problem(await whoami(await provider.sign(claims({ sub: 'mallory' }))))).toBe(
      '401 unknown_principal',
    )
  })

  it.each([
    { of: 'another audience', changes: { aud: 'https://other.example' }, dimension: 'aud' },
    { of: 'another issuer', changes: { iss: 'https://other.example' }, dimension: 'iss' },
    { of: 'the past', changes: { exp: 1_600_000_000 }, dimension: 'exp' },
    { of: 'the future', changes: { nbf: 4_000_000_000 }, dimension: 'nbf' },
    { of: 'two days ago', changes: { iat: Math.floor(Date.now() / 1000) - 172_800 }, dimension: 'iat' },
    { of: 'no client', changes: withoutClaim('client_id'), dimension: 'client_id' },
    { of: 'no end', changes: withoutClaim('exp'), dimension: 'exp' },
    { of: 'no subject', changes: withoutClaim('sub'), dimension: 'sub' },
    { of: 'a key of the client (DPoP)', changes: { cnf: { jkt: 'x' } }, dimension: 'cnf' },
  ])('of $of is refused [AA-01, AA-02]', async ({ changes, dimension }) => {
    const answer = await whoami(await provider.sign(claims({ sub: 'robot', ...changes })))

    expect(problem(answer)).toBe(`401 token_invalid ${dimension}`)
    expect(answer.headers.get('www-authenticate')).toContain('Bearer')
    expect((await whoami(await provider.sign(claims({ sub: 'robot' })))).status).toBe(200)
  })

  it('of another type, an id_token above all, is refused [AA-02]', async () => {
    for (const typ of ['JWT', 'id_token+jwt', 'vc+jwt', 'vp+jwt']) {
      const token = await provider.sign(claims({ sub: 'robot' }), { typ })
      expect(problem(await whoami(token))).toBe('401 token_invalid typ')
    }
    const untyped = { typ: undefined } as unknown as { typ: string }
    expect((await whoami(await provider.sign(claims({ sub: 'robot' }), untyped))).status).toBe(401)
  })

  it('without a signature, or signed with what is public, is refused [AA-01]', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const body = part(claims({ sub: 'robot' }))
    const none = `${part({ alg: 'none', typ: 'at+jwt' })}.${body}.`
    const signed = `${part({ alg: 'HS256', typ: 'at+jwt', kid: 'one' })}.${body}`
    const jwks = await (await fetch(`${provider.issuer}/jwks`)).text()
    const mac = createHmac('sha256', jwks).update(signed).digest('base64url')

    for (const token of [none, `${signed}.${mac}`, 'x', 'a.b.c', 'x'.repeat(9000)]) {
      expect((await whoami(token)).status).toBe(401)
    }
  })

  it('signed with a key that the provider does not have is refused [AA-01]', async () => {
    const other = await startProvider()
    onTestFinished(() => other.close())

    expect(problem(await whoami(await other.sign(claims({ sub: 'robot' }))))).toBe(
      '401 token_invalid signature',
    )
    const unknown = await provider.sign(claims({ sub: 'robot' }), { kid: 'two' })
    expect(problem(await whoami(unknown))).toBe('401 token_invalid signature')
  })

  it('is no token of another scheme, and does not stand beside a signature [AA-02]', async () => {
    const token = await provider.sign(claims({ sub: 'robot' }))
    const both = await service.admin.sign('GET', '/v1/whoami')

    expect(problem(await whoami(token, 'DPoP'))).toBe('401 signature_required')
    const headers = { ...both, authorization: `Bearer ${token}` }
    expect(problem(await send(`${service.url}/v1/whoami`, { headers }))).toBe('400 malformed_request')
  })

  it('is asked about in vain while the provider is away: 503, and nobody gets in', async () => {
    const away = await startProvider()
    const limited = await startTestService({ oidcIssuers: [away.issuer] })
    onTestFinished(() => limited.close())
    const oidc = { issuer: away.issuer, subject: 'robot' }
    await limited.admin.post('/v1/principals', { oidc, role: 'admin' })
    const token = await away.token(limited.url)
    await away.close()

    const answer = await send(`${limited.url}/v1/whoami`, { headers: { authorization: `Bearer ${token}` } })

    expect(problem(answer)).toBe('503 unavailable')
    expect(answer.headers.get('retry-after')).toBe('5')
    expect((await limited.admin.get('/v1/whoami')).status).toBe(200)
  })

  it('is none where the operator listed no provider', async () => {
    const closed = await startTestService()
    onTestFinished(() => closed.close())
    const headers = { authorization: `Bearer ${await provider.token(closed.url)}` }
    const oidc = { issuer: provider.issuer, subject: 'robot' }

    expect(problem(await send(`${closed.url}/v1/whoami`, { headers }))).toBe('401 signature_required')
    expect(problem(await closed.admin.post('/v1/principals', { oidc, role: 'auditor' }))).toBe(
      '422 invalid_request',
    )
  })

  it.each(['http://login.example', 'https://login.example/?x=1', 'login.example', 'ftp://login.example'])(
    'cannot be of %s',
    async (issuer) => {
      const starting = startService({ dataDir: service.dataDir, oidcIssuers: [issuer], logLevel: 'silent' })

      await expect(starting).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' })
    },
  )
})
