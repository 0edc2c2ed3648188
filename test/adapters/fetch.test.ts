import { Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'
import { requireDelegation } from '../../src/adapters/fetch/index.ts'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { PresentationVerdict } from '../../src/verifier/verdict.ts'
import { AUDIENCE, mailGrant, type PresentOptions, World } from '../helpers/world.ts'

let world: World
let verifier: Verifier

beforeEach(async () => {
  world = await World.create()
  const options = { audience: AUDIENCE, trust: [world.trust], freshness: { '*': 'sensitive' } } as const
  verifier = createVerifier({ ...options, fetch: world.site.fetch, clock: world.clock })
  await verifier.sync()
})

async function request(options: PresentOptions = {}): Promise<Request> {
  return asRequest(await world.present(await world.agentChain(), options))
}

function asRequest(presented: PresentedRequest): Request {
  const { method, target, body } = presented
  const headers = new Headers()
  for (const name of ['agent-delegation', 'signature', 'signature-input', 'content-digest', 'content-type']) {
    const value = presented.header(name)
    if (value !== undefined) headers.set(name, value)
  }
  const content = body === undefined ? {} : { body: new Uint8Array(body) }
  return new Request(`https://mail.example${target}`, { method, headers, ...content })
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('the fetch-style gate', () => {
  it('calls the handler with who acts [S5]', async () => {
    const gate = requireDelegation({ verifier, ask: { action: 'mail.read' } }, (_, { agent }) =>
      Response.json({ agent }),
    )

    expect(await (await gate(await request())).json()).toEqual({ agent: 'agt_mailer' })
  })

  it('never calls the handler for a refused request', async () => {
    let called = false
    const gate = requireDelegation({ verifier, ask: { action: 'mail.purge' } }, () => {
      called = true
      return new Response()
    })
    const response = await gate(await request())

    expect(response.status).toBe(403)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ code: 'not_authorized' })
    expect(called).toBe(false)
  })

  it.each(['mail.*', 'mail read', 'mail.', ''])('is not made for "%s", which no grant can name', (action) => {
    expect(() => requireDelegation({ verifier, ask: { action } }, () => new Response())).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }),
    )
  })

  it('says what to hand it when a framework hands it something of its own', async () => {
    const gate = requireDelegation({ verifier, ask: { action: 'mail.read' } }, () => new Response())
    const app = new Hono().get('/inbox', gate as never)
    const thrown: unknown[] = []
    app.onError((error) => {
      thrown.push(error)
      return new Response(null, { status: 500 })
    })

    expect((await app.request('/inbox')).status).toBe(500)
    expect(thrown).toMatchObject([
      { code: 'ERR_PROCURA_INVALID_ARGUMENT', message: expect.stringContaining('gate(c.req.raw)') },
    ])
  })

  it('tells of a body that is too large, and of an upload that is refused', async () => {
    const told: [PresentationVerdict, Request][] = []
    const gate = requireDelegation(
      {
        verifier,
        ask: { action: 'mail.send' },
        maxBodyBytes: 2,
        onVerdict: (...decided) => told.push(decided),
      },
      () => new Response(),
    )
    const long = await request({ method: 'POST', body: utf8('{"to":"a"}') })
    const upload = new Request('https://mail.example/.well-known/agent-delegation', { method: 'POST' })

    expect([(await gate(long)).status, (await gate(upload)).status]).toEqual([413, 401])
    expect(told).toMatchObject([
      [{ refusal: { code: 'limit_exceeded', dimension: 'body' } }, {}],
      [{ refusal: { code: 'chain_required' } }, {}],
    ])
    expect(told.map(([, about]) => about)).toEqual([long, upload])
  })

  it('lets the handler read the body that was verified', async () => {
    const gate = requireDelegation({ verifier, ask: { action: 'mail.send' } }, async (verified) =>
      Response.json(await verified.json()),
    )

    expect(await (await gate(await request({ method: 'POST', body: utf8('{"to":"a"}') }))).json()).toEqual({
      to: 'a',
    })
  })

  it.each([
    ['no body', null],
    ['an empty body', ''],
  ])('lets the handler read a request with %s', async (_, body) => {
    const gate = requireDelegation(
      { verifier, ask: { action: 'mail.send' } },
      async (verified) => new Response(`<${await verified.text()}>`),
    )
    const { url, headers } = await request({ method: 'POST' })

    expect(await (await gate(new Request(url, { method: 'POST', headers, body }))).text()).toBe('<>')
  })

  it('holds the path against the configured audience, whatever host the request names', async () => {
    const gate = requireDelegation({ verifier, ask: { action: 'mail.read' } }, () => new Response('done'))
    const at = async (url: string) => gate(new Request(url, { headers: (await request()).headers }))

    expect(await (await at('http://10.0.0.7:8080/inbox')).text()).toBe('done')
    expect(await (await at('https://mail.example/inbox/board')).json()).toMatchObject({
      code: 'holder_proof_invalid',
    })
  })

  it('takes the address of the peer from whoever knows it', async () => {
    const constraints = [
      { kind: 'cidr' as const, values: [{ family: 4 as const, base: 0x0a00_0000n, prefixLength: 8 }] },
    ]
    const chain = await world.agentChain({ authorizationDetails: [mailGrant({ constraints })] })
    const from = async (clientAddress?: string) => {
      const ask = { action: 'mail.read', ...(clientAddress === undefined ? {} : { clientAddress }) }
      const gate = requireDelegation({ verifier, ask }, () => new Response('done'))
      return (await gate(asRequest(await world.present(chain)))).status
    }

    expect([await from('10.1.2.3'), await from('11.1.2.3'), await from()]).toEqual([200, 403, 403])
  })

  it('asks what the request itself says', async () => {
    const gate = requireDelegation(
      { verifier, ask: ({ url }) => ({ action: new URL(url).searchParams.get('do') ?? 'none' }) },
      () => new Response('done'),
    )

    expect((await gate(await request({ target: '/inbox?do=mail.read' }))).status).toBe(200)
    expect((await gate(await request({ target: '/inbox?do=mail.purge' }))).status).toBe(403)
  })

  it.each(['1mb', Number.NaN, Number.POSITIVE_INFINITY, -1])(
    'cannot be made with a limit of bodies that is no number of bytes: %s',
    (maxBodyBytes) => {
      const make = (limit: unknown) =>
        requireDelegation(
          { verifier, ask: { action: 'mail.send' }, maxBodyBytes: limit as number },
          () => new Response(),
        )

      expect(() => make(maxBodyBytes)).toThrow(
        expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }),
      )
      expect(() => make(0)).not.toThrow()
    },
  )

  it('answers 413 for a body over the limit', async () => {
    const gate = requireDelegation(
      { verifier, ask: { action: 'mail.send' }, maxBodyBytes: 4 },
      () => new Response(),
    )

    expect((await gate(await request({ method: 'POST', body: utf8('12345') }))).status).toBe(413)
    expect((await gate(await request({ method: 'POST', body: utf8('1234') }))).status).toBe(200)
  })

  it('takes chains in advance, and requests that refer to them', async () => {
    const gate = requireDelegation(
      { verifier, ask: { action: 'mail.read' }, maxBodyBytes: 4 },
      () => new Response('done'),
    )
    const chain = await world.longChain()

    expect(await (await gate(asRequest(await world.refer(chain)))).json()).toMatchObject({
      code: 'chain_required',
    })
    const kept = await gate(asRequest(await world.upload(chain)))
    expect([kept.status, await kept.text(), kept.headers.get('cache-control')]).toEqual([204, '', 'no-store'])
    expect(await (await gate(asRequest(await world.refer(chain)))).text()).toBe('done')
  })

  it('answers a chain that is refused in advance with its problem, and one that is too large with 413', async () => {
    const gate = requireDelegation({ verifier, ask: { action: 'mail.read' } }, () => new Response('done'))
    const [owner, agent] = await world.longChain()
    const refused = await gate(asRequest(await world.upload([agent, owner])))

    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({ code: 'chain_broken', link: 0 })
    const body = new Uint8Array(256 * 1024 + 1)
    expect((await gate(asRequest(await world.upload([owner, agent], { body })))).status).toBe(413)
  })

  it('takes a token as bearer', async () => {
    const options = { audience: AUDIENCE, trust: [world.trust], freshness: { '*': 'sensitive' } } as const
    const bearer = createVerifier({
      ...options,
      bearer: ['mail.read'],
      fetch: world.site.fetch,
      clock: world.clock,
    })
    await bearer.sync()
    const gate = requireDelegation(
      { verifier: bearer, ask: { action: 'mail.read' } },
      () => new Response('done'),
    )
    const authorization = `Bearer ${await world.token(await world.agentChain())}`

    const response = await gate(new Request('https://mail.example/inbox', { headers: { authorization } }))

    expect(await response.text()).toBe('done')
  })
})
