import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../../src/server/routes/index.ts'
import { type Answer, newCaller, send, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, type World } from '../../helpers/issuer-world.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService({ tenants: ['globex'], unsignedPerMinute: 1000 })
  world = await buildWorld(service.url, service.admin)
}, 30_000)
afterAll(() => service.close())

const SIGNED = ROUTES.filter((route) => route.access !== 'public')
/** Who calls these is told by something else than a role. */
const OF_ROLES = SIGNED.filter((route) => route.access !== 'key')
const PUBLIC = ROUTES.filter((route) => route.access === 'public')

/** The path of a route, for the things of `acme`. */
function pathOf(path: string): string {
  const ids = [
    ['/v1/owners/', world.owner.id],
    ['/v1/agents/', world.agent.id],
    ['/v1/delegations/', world.delegation.id],
    ['/v1/runs/', world.run.id],
  ] as const
  const id = ids.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'acme'
  return path.replace(':id', id).replace(':did', world.agentCaller.did)
}

function problem({ status, json }: Answer): string {
  return `${status} ${json.code}`
}

describe('every route but the public ones', () => {
  it('is known to this test', () => {
    expect(SIGNED.length).toBeGreaterThan(30)
    expect(PUBLIC.map(({ path }) => path)).toEqual([
      '/signals/:tenant/:transmitter',
      '/webhooks/:tenant/jwks.json',
      '/.well-known/did.json',
      '/status/did.json',
      '/.well-known/procura',
      '/contexts/delegation-v1.jsonld',
      '/livez',
      '/readyz',
      '/1.0/identifiers/*did',
      '/signals/:tenant/jwks.json',
      '/.well-known/ssf-configuration',
      '/.well-known/ssf-configuration/signals/:tenant',
      '/status/:tenant/head',
      '/status/:tenant/emergency',
      '/status/:tenant/leaves/:root',
      '/status/:tenant/changes/:slice',
      '/status/:tenant/events',
      '/status/:tenant/:list',
      '/status/:tenant/:list/:version',
      '/audit/:tenant/checkpoint',
      '/audit/:tenant/key',
      '/audit/:tenant/tile/:level/:a',
      '/audit/:tenant/tile/:level/:a/:b',
      '/audit/:tenant/tile/:level/:a/:b/:c',
      '/openapi.json',
    ])
  })

  it.each(SIGNED)('refuses $method $path without a signature [AA-01] [P7]', async ({ method, path }) => {
    const answer = await send(service.url + pathOf(path), { method })

    expect(problem(answer)).toBe('401 signature_required')
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
  })

  it.each(OF_ROLES)(
    'refuses $method $path signed by a key that nobody knows [AA-01]',
    async ({ method, path }) => {
      const stranger = await newCaller(service.url)
      const headers = await stranger.sign(method, pathOf(path))

      expect(problem(await send(service.url + pathOf(path), { method, headers }))).toBe(
        '401 unknown_principal',
      )
    },
  )
})

describe('a signature', () => {
  it('is accepted once and then never again', async () => {
    const { admin, url } = service
    const headers = await admin.sign('GET', '/v1/whoami')

    expect((await send(`${url}/v1/whoami`, { headers })).status).toBe(200)
    expect(problem(await send(`${url}/v1/whoami`, { headers }))).toBe('401 replayed')
  })

  it('is accepted once when it arrives twenty times at once', async () => {
    const headers = await service.admin.sign('GET', '/v1/whoami')

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send(`${service.url}/v1/whoami`, { headers })),
    )

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ json }) => json.code === 'replayed')).toHaveLength(19)
  })

  it.each([
    { of: 'two minutes ago', options: { now: Date.now() - 120_000 }, dimension: 'expires' },
    { of: 'two minutes ahead', options: { now: Date.now() + 120_000 }, dimension: 'created' },
    { of: 'another origin', options: { origin: 'https://id.example' }, dimension: 'signature' },
  ])('is refused when it is of $of [AA-01]', async ({ options, dimension }) => {
    const answer = await service.admin.get('/v1/whoami', options)

    expect(problem(answer)).toBe('401 signature_invalid')
    expect(answer.json.dimension).toBe(dimension)
    expect((await service.admin.get('/v1/whoami')).status).toBe(200)
  })

  it('is refused for another path, another method and another body [AA-01]', async () => {
    const { admin, url } = service
    const signed = await admin.sign('GET', '/v1/whoami')
    const body = await admin.sign('POST', '/v1/agents/x/revoke', { reason: 'left' })

    expect(problem(await send(`${url}/v1/owners`, { headers: signed }))).toBe('401 signature_invalid')
    expect(problem(await send(`${url}/v1/agents/x/revoke`, { method: 'POST', headers: signed }))).toBe(
      '401 signature_invalid',
    )
    const other = { method: 'POST', headers: body, body: '{"reason":"stay"}' }
    expect(problem(await send(`${url}/v1/agents/x/revoke`, other))).toBe('401 signature_invalid')
    const whole = { method: 'POST', headers: body, body: '{"reason":"left"}' }
    expect(problem(await send(`${url}/v1/agents/x/revoke`, whole))).toBe('404 not_found')
  })

  it('must cover the idempotency key', async () => {
    const unsigned = { 'idempotency-key': 'added later' }

    const answer = await service.admin.post('/v1/agents', {}, { unsigned })

    expect(problem(answer)).toBe('401 signature_invalid')
  })

  it('of an agent ends with the agent', async () => {
    const { agent, agentCaller } = await buildWorld(service.url, service.admin)
    expect((await agentCaller.get('/v1/whoami')).json).toMatchObject({ role: 'agent', agent: agent.id })

    await service.admin.post(`/v1/agents/${agent.id}/revoke`, { reason: 'retired' })

    expect(problem(await agentCaller.get('/v1/whoami'))).toBe('401 unknown_principal')
  })
})

describe('what does not exist', () => {
  it('answers 404 with the list of routes', async () => {
    const answer = await send(`${service.url}/v2/owners`)

    expect(problem(answer)).toBe('404 no_such_route')
    expect(answer.json.available).toContain('GET /v1/owners')
  })

  it('answers 405 with the methods that a path has', async () => {
    const answer = await send(`${service.url}/v1/owners`, { method: 'PUT' })

    expect(problem(answer)).toBe('405 method_not_allowed')
    expect(answer.headers.get('allow')).toBe('POST, GET')
    expect(answer.json.available).toEqual(['POST /v1/owners', 'GET /v1/owners'])
  })

  it('says the same for a target that is not in its normal form', async () => {
    const { connect } = await import('node:net')
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
    socket.end('GET /v1/../v1/whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const chunks = []
    for await (const chunk of socket) chunks.push(chunk)

    expect(String(Buffer.concat(chunks))).toMatch(/^HTTP\/1\.1 400 .*"code":"malformed_request"/s)
  })

  it('carries a request id in header and body, and never is kept', async () => {
    const { headers, json } = await send(`${service.url}/nothing`)

    expect(json.instance).toBe(`urn:uuid:${headers.get('x-request-id')}`)
    expect(headers.get('cache-control')).toBe('no-store')
  })
})
