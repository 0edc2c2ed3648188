import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { delegated, requireDelegation } from '../../src/adapters/express/index.ts'
import { judgeCall } from '../../src/adapters/mcp/judge-call.ts'
import { type Agent, createAgent } from '../../src/holder/index.ts'
import type { StatusPurpose } from '../../src/model/status-list-entry.ts'
import { createVerifier, type Verifier } from '../../src/verifier/index.ts'
import { type RecordingServer, startServer } from '../helpers/recording-server.ts'
import { mailGrant, World } from '../helpers/world.ts'

const UPLOAD = 'POST /.well-known/agent-delegation'

let world: World
let issuer: RecordingServer
let verifier: Verifier
let origin: string
let agent: Agent
let chain: readonly string[]
let asked: string[]
let failures: unknown[]

/** An issuer and a service on sockets of this host. The service has no way to the issuer, the agent has. */
beforeEach(async () => {
  asked = []
  failures = []
  issuer = await startServer(({ target }) => {
    const document = world.site.documents.get(`${issuer.origin}${target}`)
    return document === undefined ? { status: 404 } : { body: document }
  })
  world = await World.create('Ed25519', { base: `${issuer.origin}/status/acme` })
  origin = await serve()
  chain = await chainOf()
  agent = await agentOf(chain)
})

async function serve(): Promise<string> {
  const app = express()
  app.use((req, _res, next) => {
    asked.push(`${req.method} ${req.url}`)
    next()
  })
  const server = createServer(app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  verifier = createVerifier({
    audience: `${at}/`,
    trust: [world.trust],
    freshness: { 'mail.send': 'critical', '*': 'sensitive' },
    fetch: () => Promise.reject(new TypeError('no way to the issuer')),
    clock: world.clock,
  })
  await verifier.sync()
  app.use(delegated(verifier))
  app.get('/inbox', requireDelegation('mail.read'), (_req, res) => void res.json({ code: 'allowed' }))
  app.post('/mail', requireDelegation('mail.send'), (_req, res) => void res.json({ code: 'allowed' }))
  onTestFinished(() => {
    verifier.close()
    server.closeAllConnections()
    server.close()
  })
  return at
}

/** Every other entry by chance, as nothing makes it shorter. */
function setHalfOf(purpose: StatusPurpose): void {
  let state = 7
  for (let index = 3; index < 131_072; index++) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    if (state > 2 ** 31) world.site.set(purpose, index)
  }
}

async function chainOf(ballast = 0, status = world.site.entry(1)): Promise<readonly string[]> {
  const at = { locations: [{ origin, path: '/' }] }
  const values = Array.from({ length: ballast }, (_, i) => `folder-${i}-${'x'.repeat(90)}`)
  const unasked = mailGrant({ ...at, constraints: [{ kind: 'one_of', on: ['folder'], values }] })
  const authorizationDetails = ballast === 0 ? [mailGrant(at)] : [mailGrant(at), unasked]
  const owner = world.ownerCredential({ status })
  const subject = { ...owner.subject, authorizationDetails: [mailGrant(at)] }
  return Promise.all([
    world.sign({ ...owner, subject }, world.authority.signer),
    world.sign(world.agentCredential({ authorizationDetails }), world.owner.signer),
  ])
}

function agentOf(texts: readonly string[]): Promise<Agent> {
  const { agent: person, clock } = world
  const onStapleFailed = (error: unknown) => void failures.push(error)
  return createAgent({ key: person.signer, chain: texts, clock, onStapleFailed })
}

async function read(options: RequestInit = {}, target = '/inbox'): Promise<string> {
  const response = await agent.fetch(`${origin}${target}`, options)
  const { code } = await response.json()
  return `${response.status} ${code}`
}

async function publish(change: () => void = () => undefined): Promise<void> {
  world.now += 1000
  change()
  await world.site.publish()
}

describe('an agent, at a service that cannot reach the issuer', () => {
  it('brings the status of its chain when it is refused for want of it, once, and is served', async () => {
    expect(await read()).toBe('200 allowed')
    expect(asked).toEqual(['GET /inbox', UPLOAD, 'GET /inbox'])

    expect(await read()).toBe('200 allowed')
    expect(asked).toHaveLength(4)
    expect(failures).toEqual([])
  })

  it('brings it anew when it is too old, with one GET where nothing has changed', async () => {
    await read()
    world.now += 301_000
    await world.site.publish()
    issuer.requests.length = 0

    expect(await read()).toBe('200 allowed')

    expect(issuer.requests.map(({ target }) => target)).toEqual(['/status/acme/head'])
  })

  it('brings it once for many requests', async () => {
    expect(await Promise.all([read(), read(), read()])).toEqual(Array(3).fill('200 allowed'))

    expect(asked.filter((request) => request === UPLOAD)).toHaveLength(1)
  })

  it('brings it with a chain that no field holds', async () => {
    agent = await agentOf(await chainOf(64))

    expect(await read()).toBe('200 allowed')
    expect(asked).toEqual([UPLOAD, UPLOAD, UPLOAD, 'GET /inbox'])
  })

  it('does not get what is critical done', async () => {
    const send = () => read({ method: 'POST', body: 'mail' }, '/mail')

    expect(await send()).toBe('503 status_unavailable')
    expect(asked).toEqual(['POST /mail', UPLOAD, 'POST /mail'])
    expect(await read()).toBe('200 allowed')
  })

  it('is refused once it is revoked, also by what it brings itself', async () => {
    expect(await read()).toBe('200 allowed')
    await publish(() => world.site.set('revocation', 2))
    world.now += 300_000
    await world.site.publish()

    expect(await read()).toBe('503 status_stale')
    expect(await read()).toBe('401 revoked')
  })

  it('is told why there is nothing to bring', async () => {
    world.site.documents.clear()

    expect(await read()).toBe('503 status_unavailable')

    expect(failures).toMatchObject([{ code: 'ERR_PROCURA_ISSUER_UNREACHABLE' }])
    expect(asked).toEqual(['GET /inbox'])
  })

  it('brings nothing that is longer than 64 KiB, and is told', async () => {
    const { base } = world.site
    const entry = { revocation: `${base}/r2`, suspension: `${base}/s2`, index: 1 }
    world.site.addList(entry.revocation, 'revocation')
    world.site.addList(entry.suspension, 'suspension')
    agent = await agentOf(await chainOf(0, entry))
    setHalfOf('revocation')
    await publish()
    expect(await read()).toBe('200 allowed')
    setHalfOf('suspension')
    world.now += 301_000
    await publish()

    expect(await read()).toBe('503 status_stale')

    expect(failures).toMatchObject([{ code: 'ERR_PROCURA_PAYLOAD_TOO_LARGE' }])
  })

  it('brings it in requests of MCP where it is told to', async () => {
    const params = { name: 'read', arguments: {} }
    const request = { method: 'tools/call', params }
    const audience = `${origin}/`
    const call = async (options: object) => {
      const _meta = JSON.parse(JSON.stringify(await agent.mcpMeta({ audience, request, ...options })))
      const tools = { read: { action: 'mail.read' } }
      const asks = { id: 1, method: 'tools/call', params: { ...params, _meta } }
      const verdict = await judgeCall(asks, undefined, { verifier, tools })
      return verdict.verified ? 'verified' : verdict.refusal.code
    }

    expect(await call({})).toBe('status_unavailable')
    expect(await call({ staple: true })).toBe('verified')
    expect(await call({})).toBe('verified')
  })
})
