import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express, { type Express, type Request, type RequestHandler } from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { delegated, delegationOf, requireDelegation } from '../../src/adapters/express/index.ts'
import type { Agent } from '../../src/holder/agent.ts'
import { createAgent } from '../../src/holder/create-agent-from-environment.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { PresentationVerdict } from '../../src/verifier/verdict.ts'
import { mailGrant, type PresentOptions, World } from '../helpers/world.ts'

let world: World
let verifier: Verifier
let server: Server
let origin: string
let errors: unknown[]

beforeEach(async () => {
  world = await World.create()
  server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  verifier = createVerifier({
    audience: `${origin}/`,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
  })
  await verifier.sync()
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/** Mounts routes; errors that reach Express end as 500 and are kept. */
function serve(mount: (app: Express) => void): void {
  errors = []
  const app = express()
  mount(app)
  const onError: express.ErrorRequestHandler = (error, _req, res, _next) => {
    errors.push(error)
    res.status(500).end()
  }
  app.use(onError)
  server.on('request', app)
}

/** `delegated`, then one route that echoes what it sees. */
function serveInbox(...middleware: RequestHandler[]): void {
  serve((app) => {
    app.use(delegated(verifier))
    app.all('/inbox', ...middleware, (req, res) => {
      res.json({ agent: delegationOf(req).agent, body: req.body ?? null })
    })
  })
}

/** The agent's chain for this server's origin. */
function chain(constraints: Parameters<typeof mailGrant>[0] = {}): Promise<[string, string]> {
  const locations = [{ origin, path: '/' }]
  const entitlement = mailGrant({ locations })
  const owner = world.ownerCredential()
  const subject = { ...owner.subject, authorizationDetails: [entitlement] }
  return Promise.all([
    world.sign({ ...owner, subject }, world.authority.signer),
    world.sign(
      world.agentCredential({ authorizationDetails: [mailGrant({ locations, ...constraints })] }),
      world.owner.signer,
    ),
  ])
}

async function call(
  tokens: readonly string[],
  options: PresentOptions = {},
  sent = options.body,
): Promise<Response> {
  const { method = 'GET', target = '/inbox' } = options
  const presented = await world.present(tokens, { ...options, origin })
  const names = ['agent-delegation', 'signature', 'signature-input', 'content-digest', 'content-type']
  const headers = names.flatMap((name) => {
    const value = presented.header(name)
    return value === undefined ? [] : [[name, value] as [string, string]]
  })
  const body = sent === undefined ? {} : { body: new Uint8Array(sent) }
  return fetch(origin + target, { method, headers, ...body })
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('requireDelegation', () => {
  it('lets an authorised agent pass and tells the handler who it is', async () => {
    serveInbox(requireDelegation('mail.read'))
    const response = await call(await chain())

    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ agent: 'agt_mailer', body: null })
  })

  it.each(['mail.*', 'mail read', '', undefined])('is no route for %j, which no grant can name', (action) => {
    expect(() => requireDelegation(action as string)).toThrow(
      expect.objectContaining({
        code: 'ERR_PROCURA_INVALID_CONFIGURATION',
        message: expect.stringContaining('no wildcards'),
      }),
    )
  })

  it('tells once what was decided, with the request, and a receipt can be had of what was proven', async () => {
    const told: string[] = []
    const receipts: string[] = []
    const onVerdict = async (verdict: PresentationVerdict, req: Request) => {
      told.push(`${req.method} ${req.path} ${verdict.verified || verdict.refusal.code}`)
      if (verdict.verified || verdict.refusal.authenticated)
        receipts.push(await verdict.receipt(world.owner.signer))
    }
    serve((app) => {
      app.use(delegated(verifier, { onVerdict, maxBodyBytes: 2 }))
      app.get('/inbox', requireDelegation('mail.read'), (_req, res) => void res.end())
    })
    await call(await chain())
    await fetch(`${origin}/inbox`)
    await fetch(`${origin}/inbox`, { method: 'POST', body: 'long' })
    await fetch(`${origin}/.well-known/agent-delegation`, { method: 'POST' })

    expect(told).toEqual([
      'GET /inbox true',
      'GET /inbox chain_required',
      'POST /inbox limit_exceeded',
      'POST /.well-known/agent-delegation chain_required',
    ])
    await expect.poll(() => receipts).toHaveLength(1)
  })

  it('answers a request without a chain with a challenge and problem details', async () => {
    serveInbox(requireDelegation('mail.read'))
    const response = await fetch(`${origin}/inbox`)

    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('www-authenticate')).toBe(
      `AgentDelegation realm="${origin}/", error="chain_required"`,
    )
    expect(await response.json()).toEqual({
      type: 'urn:procura:refusal:chain_required',
      title: 'Unauthorized',
      status: 401,
      detail:
        'The request presents no delegation chain that is known here (agent-delegation); present the chain and sign the request.',
      code: 'chain_required',
      dimension: 'agent-delegation',
      retryable: false,
    })
  })

  it('answers 403 for what is not granted', async () => {
    serveInbox(requireDelegation('mail.purge'))
    const response = await call(await chain())

    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'not_authorized', link: 0, dimension: 'actions' })
  })

  it('answers 503 with Retry-After when status is too old to tell', async () => {
    serveInbox(requireDelegation('mail.read'))
    const tokens = await chain()
    world.now += 301_000
    const response = await call(tokens)

    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await response.json()).toMatchObject({ code: 'status_stale', retryable: true })
  })

  it('takes the identifier from the request', async () => {
    serve((app) => {
      app.use(delegated(verifier))
      const identifier = (req: express.Request) => `box/${String(req.params.box)}`
      app.get('/box/:box', requireDelegation('mail.read', { identifier }), (_req, res) => void res.json(1))
    })
    const tokens = await chain({ identifiers: ['box/support'] })

    expect((await call(tokens, { target: '/box/support' })).status).toBe(200)
    expect((await call(tokens, { target: '/box/board' })).status).toBe(403)
  })

  it('may have a fixed identifier', async () => {
    serveInbox(requireDelegation('mail.read', { identifier: 'inbox/board' }))

    expect((await call(await chain({ identifiers: ['inbox/support'] }))).status).toBe(403)
    expect((await call(await chain({ identifiers: ['inbox/board'] }))).status).toBe(200)
  })

  it('holds constraints against the JSON body by default [S2]', async () => {
    serveInbox(requireDelegation('mail.send'))
    const tokens = await chain({ constraints: [{ kind: 'one_of', on: ['to'], values: ['a@x.example'] }] })
    const send = (text: string) => call(tokens, { method: 'POST', body: utf8(text) })

    expect((await send('{"to":"a@x.example"}')).status).toBe(200)
    expect(await (await send('{"to":"b@x.example"}')).json()).toMatchObject({
      code: 'constraint_violated',
      dimension: 'one_of',
    })
    expect((await send('{"to":"b@x.example","to":"a@x.example"}')).status).toBe(403)
  })

  it('may take the arguments from elsewhere', async () => {
    serveInbox(requireDelegation('mail.send', { arguments: (req) => ({ to: String(req.query.to) }) }))
    const tokens = await chain({ constraints: [{ kind: 'one_of', on: ['to'], values: ['a'] }] })

    expect((await call(tokens, { target: '/inbox?to=a' })).status).toBe(200)
    expect((await call(tokens, { target: '/inbox?to=b' })).status).toBe(403)
  })

  it('needs `delegated` before it', async () => {
    serve((app) => app.all('/inbox', requireDelegation('mail.read')))
    const response = await call(await chain())

    expect(response.status).toBe(500)
    expect(errors).toMatchObject([{ code: 'ERR_PROCURA_NOT_STARTED' }])
  })

  it('may stand once on a route, since a second one would be a replay', async () => {
    serveInbox(requireDelegation('mail.read'), requireDelegation('mail.send'))
    const response = await call(await chain())

    expect(response.status).toBe(500)
    expect(errors).toMatchObject([{ code: 'ERR_PROCURA_ALREADY_VERIFIED' }])
  })
})

describe('delegationOf', () => {
  it('throws on a route that requires no delegation', async () => {
    serveInbox()

    expect((await call(await chain())).status).toBe(500)
    expect(errors).toMatchObject([{ code: 'ERR_PROCURA_NOT_STARTED' }])
  })
})

describe('delegated', () => {
  it('hands on the body as strict JSON, and body parsers after it leave it alone', async () => {
    serve((app) => {
      app.use(delegated(verifier), express.json())
      app.post('/inbox', requireDelegation('mail.send'), (req, res) => void res.json(req.body))
    })
    const response = await call(await chain(), { method: 'POST', body: utf8('{"to":"a"}') })

    expect(await response.json()).toEqual({ to: 'a' })
  })

  it('hands on another body as bytes', async () => {
    serve((app) => {
      app.use(delegated(verifier))
      app.post('/inbox', requireDelegation('mail.send'), (req, res) => void res.json([...req.body]))
    })
    const response = await call(await chain(), {
      method: 'POST',
      body: utf8('hi'),
      contentType: 'text/plain',
    })

    expect(await response.json()).toEqual([104, 105])
  })

  it('refuses a body that was swapped under a valid signature', async () => {
    serveInbox(requireDelegation('mail.send'))
    const tokens = await chain()
    const body = utf8('{"to":"a"}')

    expect((await call(tokens, { method: 'POST', body }, utf8('{"to":"b"}'))).status).toBe(401)
    expect((await call(tokens, { method: 'POST', body })).status).toBe(200)
  })

  it.each(['1mb', Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, null])(
    'cannot be mounted with a limit of bodies that is no number of bytes: %s',
    (maxBodyBytes) => {
      expect(() => delegated(verifier, { maxBodyBytes: maxBodyBytes as number })).toThrow(
        expect.objectContaining({
          code: 'ERR_PROCURA_INVALID_CONFIGURATION',
          message: expect.stringMatching(/^maxBodyBytes/),
        }),
      )
      expect(() => delegated(verifier, { maxBodyBytes: 0 })).not.toThrow()
    },
  )

  it('answers 413 for a body over the limit', async () => {
    serve((app) => {
      app.use(delegated(verifier, { maxBodyBytes: 8 }))
      app.post('/inbox', requireDelegation('mail.send'), (_req, res) => void res.json(1))
    })
    const tokens = await chain()
    const response = await call(tokens, {
      method: 'POST',
      body: utf8('123456789'),
      contentType: 'text/plain',
    })

    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ code: 'limit_exceeded', dimension: 'body' })
    expect(
      (await call(tokens, { method: 'POST', body: utf8('12345678'), contentType: 'text/plain' })).status,
    ).toBe(200)
  })

  it('takes a body in as many parts as it has bytes', async () => {
    serveInbox(requireDelegation('mail.send'))
    const { port } = new URL(origin)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('POST /inbox HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.write(`${'1\r\nx\r\n'.repeat(250_000)}0\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    socket.destroy()

    expect(String(answer)).toContain('HTTP/1.1 401')
    expect(errors).toEqual([])
  })

  it('says so when a body parser came first', async () => {
    serve((app) => {
      app.use(express.json(), delegated(verifier))
      app.post('/inbox', requireDelegation('mail.send'), (_req, res) => void res.json(1))
    })
    const response = await call(await chain(), { method: 'POST', body: utf8('{"to":"a"}') })

    expect(response.status).toBe(500)
    expect(errors).toMatchObject([{ code: 'ERR_PROCURA_BODY_CONSUMED' }])
  })
})

describe('a chain that no request field holds', () => {
  const PATH = '/.well-known/agent-delegation'

  /** The agent's chain for this server's origin, and so much more that it does not fit. */
  function longChain(): Promise<[string, string]> {
    const values = Array.from({ length: 64 }, (_, i) => `${i}${'x'.repeat(90)}`)
    return chain({ constraints: [{ kind: 'one_of', on: ['payee'], values }] })
  }

  async function agentWith(tokens: readonly string[]): Promise<Agent> {
    return createAgent({ key: world.agent.signer, chain: tokens, clock: world.clock })
  }

  it('is taken in advance by agent.fetch and delegated() alone', async () => {
    serveInbox(requireDelegation('mail.send'))
    const agent = await agentWith(await longChain())
    const body = JSON.stringify({ payee: `7${'x'.repeat(90)}` })
    const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } }

    expect(await (await agent.fetch(`${origin}/inbox`, init)).json()).toMatchObject({ agent: 'agt_mailer' })
    expect((await agent.fetch(`${origin}/inbox`, init)).status).toBe(200)
  })

  it('is refused with its problem, which agent.fetch hands on', async () => {
    serveInbox(requireDelegation('mail.send'))
    world.site.set('revocation', 2)
    await world.site.publish()
    await verifier.sync()

    const response = await (await agentWith(await longChain())).fetch(`${origin}/inbox`)

    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'revoked', link: 1 })
  })

  it('is not taken for anything but a POST to that very path', async () => {
    serve((app) => {
      app.use(delegated(verifier))
      app.use((_req, res) => void res.status(404).end())
    })
    const statusOf = async (path: string, method: string) => (await fetch(origin + path, { method })).status

    expect(await statusOf(PATH, 'POST')).toBe(401)
    expect(await statusOf(PATH, 'GET')).toBe(404)
    expect(await statusOf(PATH, 'PUT')).toBe(404)
    expect(await statusOf(`${PATH}?x`, 'POST')).toBe(404)
    expect(await statusOf(`/v1${PATH}`, 'POST')).toBe(404)
  })

  it('is cut off at 256 KiB, whatever the limit for other bodies', async () => {
    serve((app) => {
      app.use(delegated(verifier, { maxBodyBytes: 1_000_000 }))
    })
    const post = (length: number) => fetch(origin + PATH, { method: 'POST', body: new Uint8Array(length) })

    expect((await post(256 * 1024 + 1)).status).toBe(413)
    expect((await post(256 * 1024)).status).toBe(401)
  })
})

describe('a presentation token', () => {
  it('is taken as bearer, for the actions that allow it', async () => {
    const clock = world.clock
    const options = { audience: `${origin}/`, trust: [world.trust], freshness: { '*': 'sensitive' } } as const
    verifier = createVerifier({ ...options, bearer: ['mail.read'], fetch: world.site.fetch, clock })
    await verifier.sync()
    serve((app) => {
      app.use(delegated(verifier))
      app.get('/inbox', requireDelegation('mail.read'), (req, res) => void res.json(delegationOf(req).agent))
      app.post('/inbox', requireDelegation('mail.send'), (_req, res) => void res.json(1))
    })
    const agent = await createAgent({ key: world.agent.signer, chain: await chain(), clock })
    const headers = { authorization: `Bearer ${await agent.token({ audience: `${origin}/` })}` }

    expect(await (await fetch(`${origin}/inbox`, { headers })).json()).toBe('agt_mailer')
    expect(await (await fetch(`${origin}/inbox`, { method: 'POST', headers })).json()).toMatchObject({
      code: 'holder_proof_invalid',
      dimension: 'bearer',
    })
  })
})
