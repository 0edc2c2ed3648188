import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import {
  type HeldConnection,
  holdConnection,
  RENEWAL,
  verifyUpgrade,
} from '../../src/adapters/express/index.ts'
import type { Constraint } from '../../src/model/constraints/constraint.ts'
import { formatAgentDelegation } from '../../src/securing/http-signature/agent-delegation.ts'
import type { PresentationVerdict, VerifiedPresentation } from '../../src/verifier/verdict.ts'
import { type ServedWorld, serveWorld } from '../helpers/served-world.ts'
import { mailGrant, readLink, type World } from '../helpers/world.ts'

const ASK = { action: 'mail.read', identifier: 'inbox/support' }

let at: ServedWorld
let sockets: WebSocketServer
let clients: WebSocket[]
let accepted: { readonly socket: WebSocket; readonly held: HeldConnection }[]
let messages: string[]
let told: PresentationVerdict[]

beforeEach(async () => {
  at = await serveWorld()
  serve()
})

afterEach(() => {
  for (const client of clients) client.terminate()
  sockets.close()
  at.close()
})

/** A service that answers each message, and takes a renewal in `{"renew": token}`. */
function serve(): void {
  sockets = new WebSocketServer({ noServer: true })
  clients = []
  accepted = []
  messages = []
  told = []
  at.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const onVerdict = (verdict: PresentationVerdict): unknown => told.push(verdict)
    void verifyUpgrade(at.verifier, request, socket, ASK, { onVerdict }).then((verdict) => {
      if (verdict !== undefined) sockets.handleUpgrade(request, socket, head, (ws) => accept(ws, verdict))
    })
  })
}

function accept(socket: WebSocket, verdict: VerifiedPresentation): void {
  const held = holdConnection(at.verifier, verdict, socket)
  accepted.push({ socket, held })
  socket.on('message', async (data) => {
    const message = String(data)
    messages.push(message)
    if (!message.startsWith('{')) return socket.send(`you said ${message}`)
    const renewed = await held.renew(JSON.parse(message).renew)
    socket.send(renewed.verified ? 'renewed' : renewed.refusal.code)
  })
}

async function open(headers?: Record<string, string>): Promise<WebSocket> {
  const signed = headers ?? (await at.sign('/socket'))
  const client = new WebSocket(`${at.origin.replace('http', 'ws')}/socket`, { headers: signed })
  clients.push(client)
  await once(client, 'open')
  return client
}

async function refusalOf(headers: Record<string, string>, target = '/socket') {
  const client = new WebSocket(at.origin.replace('http', 'ws') + target, { headers })
  clients.push(client)
  client.on('error', () => undefined)
  const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage]
  let body = ''
  for await (const part of response) body += String(part)
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(body) }
}

async function say(client: WebSocket, message: string): Promise<string> {
  const answered = once(client, 'message')
  client.send(message)
  return String((await answered)[0])
}

async function closeOf(client: WebSocket): Promise<string> {
  const [code, reason] = await once(client, 'close')
  return `${code} ${reason}`
}

/** Time passes and the status stays fresh. */
async function advance(ms: number): Promise<void> {
  await at.timers.advance(ms)
  await at.world.site.publish()
  await at.verifier.sync()
}

function token(changes: Partial<Parameters<World['token']>[1]> = {}): Promise<string> {
  return at.world.token(at.chain, { audience: `${at.origin}/`, request: RENEWAL, ...changes })
}

async function renewal(changes: Parameters<typeof token>[0] = {}): Promise<string> {
  return JSON.stringify({ renew: await token(changes) })
}

describe('an upgrade to WebSocket', () => {
  it('is agreed to for a signed request whose chain allows it', async () => {
    const client = await open()

    expect(await say(client, 'hello')).toBe('you said hello')
  })

  it('is answered 401 over HTTP without a chain, with problem details', async () => {
    const { status, headers, body } = await refusalOf({})

    expect(status).toBe(401)
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      connection: 'close',
      'www-authenticate': `AgentDelegation realm="${at.origin}/", error="chain_required"`,
    })
    expect(body).toMatchObject({ code: 'chain_required', status: 401 })
    expect(accepted).toEqual([])
  })

  it('tells the service what was decided, and why', async () => {
    await open()
    await refusalOf({})

    expect(told).toMatchObject([{ verified: true }, { refusal: { code: 'chain_required' } }])
    expect((await told[1]?.explain())?.text()).toMatch(/^refused, chain_required: /)
  })

  it('is answered 403 for what the chain does not allow', async () => {
    at.close()
    at = await serveWorld()
    sockets = new WebSocketServer({ noServer: true })
    at.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      void verifyUpgrade(at.verifier, request, socket, { action: 'mail.delete' })
    })

    expect(await refusalOf(await at.sign('/socket'))).toMatchObject({
      status: 403,
      body: { code: 'not_authorized', link: 0 },
    })
  })

  it.each<[string, () => Promise<Record<string, string>>, string]>([
    ['signed for another target', () => at.sign('/other'), 'holder_proof_invalid'],
    ['signed for another method', () => at.sign('/socket', { method: 'POST' }), 'holder_proof_invalid'],
    [
      'signed for another origin',
      () => at.sign('/socket', { origin: 'https://x.example' }),
      'holder_proof_invalid',
    ],
    [
      'with a body that nobody has read',
      async () => ({ ...(await at.sign('/socket')), 'content-length': '2' }),
      'holder_proof_invalid',
    ],
  ])('is refused when it is %s', async (_, headers, code) => {
    expect(await refusalOf(await headers())).toMatchObject({ status: 401, body: { code } })
    expect(accepted).toEqual([])
  })

  it('is agreed to once for one signature', async () => {
    const headers = await at.sign('/socket')
    await open(headers)

    expect(await refusalOf(headers)).toMatchObject({ status: 401, body: { code: 'replayed' } })
  })

  it('does not end the process when the client goes away in between', async () => {
    const { port } = new URL(at.origin)
    const fields = Object.entries(await at.sign('/socket')).map(([name, value]) => `${name}: ${value}`)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      [
        'GET /socket HTTP/1.1',
        'host: x',
        'connection: upgrade',
        'upgrade: websocket',
        ...fields,
        '',
        '',
      ].join('\r\n'),
    )
    socket.resetAndDestroy()

    expect(await say(await open(), 'still here')).toBe('you said still here')
  })
})

describe('a socket that was verified and not yet taken over', () => {
  it('does not end the process when its client goes away [LC-03]', async () => {
    at.server.removeAllListeners('upgrade')
    const verified = new Promise<Duplex>((resolve) => {
      at.server.on('upgrade', async (request: IncomingMessage, socket: Duplex) => {
        expect(await verifyUpgrade(at.verifier, request, socket, ASK)).toMatchObject({ verified: true })
        resolve(socket)
      })
    })
    const headers = await at.sign('/socket')
    const client = new WebSocket(`${at.origin.replace('http', 'ws')}/socket`, { headers })
    clients.push(client)
    client.on('error', () => undefined)
    const socket = await verified

    expect(() => socket.emit('error', new Error('reset'))).not.toThrow()
    expect(socket.destroyed).toBe(true)
  })
})

describe('a WebSocket that is held', () => {
  it('is closed when the proof of its request ends, and not before', async () => {
    const client = await open()
    await advance(59_000)
    expect(await say(client, 'hello')).toBe('you said hello')
    const closed = closeOf(client)

    await at.timers.advance(1_000)

    expect(await closed).toBe('1008 holder_proof_invalid')
    await vi.waitFor(() => expect(at.timers.waiting).toBe(0))
  })

  it('is closed when it is revoked in the middle [LC-01]', async () => {
    const client = await open()
    const closed = closeOf(client)

    await at.revoke()

    expect(await closed).toBe('1008 revoked')
  })

  it('is closed when the issuer cannot be reached for longer than the policy allows', async () => {
    at.close()
    sockets.close()
    at = await serveWorld({ freshness: { '*': 'critical' } })
    serve()
    const client = await open()
    const closed = closeOf(client)
    at.world.site.reachable = false

    await at.timers.advance(30_001)

    expect(await closed).toBe('1008 status_stale')
  })

  it('passes nothing on any more once it was closed [LC-01]', async () => {
    const client = await open()
    const closed = closeOf(client)

    await at.revoke()
    client.send('transfer everything')

    expect(await closed).toBe('1008 revoked')
    await vi.waitFor(() => expect(accepted[0]?.socket.readyState).toBe(WebSocket.CLOSED))
    expect(messages).toEqual([])
  })

  it('passes nothing on to whoever comes to listen when it was closed [LC-01]', async () => {
    const client = await open()
    const closed = closeOf(client)
    const server = accepted[0]?.socket as WebSocket
    const late: string[] = []

    await at.revoke()
    server.on('message', (data) => late.push(String(data)))
    server.addEventListener('message', ({ data }) => late.push(String(data)))
    client.send('transfer everything')

    expect(await closed).toBe('1008 revoked')
    await vi.waitFor(() => expect(server.readyState).toBe(WebSocket.CLOSED))
    expect(late).toEqual([])
  })

  it('ends also for a client that does not take part in closing, after a second [LC-03]', async () => {
    const client = await open()
    client.pause()
    const server = accepted[0]?.socket as WebSocket
    const closed = once(server, 'close')

    await at.revoke()
    await at.timers.advance(999)
    expect(server.readyState).toBe(WebSocket.CLOSING)
    await at.timers.advance(1)

    await closed
    expect(server.readyState).toBe(WebSocket.CLOSED)
    expect(at.timers.waiting).toBe(0)
  })

  it('is not watched when it was closed before it was held [LC-03]', async () => {
    const client = await open()
    const server = accepted[0]?.socket as WebSocket
    client.close()
    await once(server, 'close')
    const request = await at.world.present(at.chain, { target: '/socket', origin: at.origin })
    const verdict = (await at.verifier.verify(request, ASK)) as VerifiedPresentation

    holdConnection(at.verifier, verdict, server)

    expect(at.timers.waiting).toBe(0)
  })

  it('cannot be held under what a kept chain was answered with', async () => {
    const uploaded = { verified: true, expiresAt: at.world.now + 1_000 } as never

    expect(() => holdConnection(at.verifier, uploaded, {} as WebSocket)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
  })

  it('is watched no longer than it lasts', async () => {
    const client = await open()
    expect(at.timers.waiting).toBe(1)

    client.close()

    await vi.waitFor(() => expect(at.timers.waiting).toBe(0))
  })
})

describe('a WebSocket that is renewed', () => {
  it('goes on beyond the end of the first proof with a fresh token', async () => {
    const client = await open()
    await advance(50_000)

    expect(await say(client, await renewal())).toBe('renewed')
    await advance(250_000)
    expect(await say(client, 'hello')).toBe('you said hello')
    const closed = closeOf(client)
    await advance(50_000)

    expect(await closed).toBe('1008 holder_proof_invalid')
  })

  it.each<[string, () => Promise<string>, string]>([
    ['of somebody else', () => renewal({ signer: at.world.subAgent.signer }), 'holder_proof_invalid'],
    ['for another service', () => renewal({ audience: 'https://other.example/' }), 'audience_mismatch'],
    ['for another request', () => renewal({ request: { method: 'tools/call' } }), 'holder_proof_invalid'],
    ['that is not a token', async () => '{"renew":7}', 'malformed'],
    ['that is nothing', async () => '{}', 'malformed'],
    ['that has no text', async () => '{"renew":{"toString":1,"valueOf":1}}', 'malformed'],
    ['that is a list', async () => '{"renew":["a.b.c"]}', 'malformed'],
    ['that is missing', async () => '{}', 'malformed'],
  ])('is as it was after a token %s [LC-02]', async (_, message, code) => {
    const client = await open()
    await advance(50_000)

    expect(await say(client, await message())).toBe(code)
    const closed = closeOf(client)
    await at.timers.advance(10_000)

    expect(await closed).toBe('1008 holder_proof_invalid')
  })

  it('takes a token once', async () => {
    const client = await open()
    const message = await renewal()

    expect(await say(client, message)).toBe('renewed')
    expect(await say(client, message)).toBe('replayed')
  })

  it('gives back what a token used up that was not good enough', async () => {
    const { world, origin } = at
    const count: Constraint = { kind: 'count', id: 'c1', max: 2 }
    const grant = mailGrant({ locations: [{ origin, path: '/' }], constraints: [count] })
    const [owner = ''] = at.chain
    const agent = await world.sign(
      world.agentCredential({ authorizationDetails: [grant] }),
      world.owner.signer,
    )
    const derived = world.derivedCredential(await readLink(agent), { authorizationDetails: [grant] })
    at = { ...at, chain: [owner, agent] }
    const client = await open(await at.sign('/socket', { field: formatAgentDelegation(at.chain) }))
    const others = [owner, agent, await world.sign(derived, world.agent.signer)]
    const options = { audience: `${origin}/`, request: RENEWAL, signer: world.subAgent.signer }
    const byAnother = JSON.stringify({ renew: await world.token(others, options) })

    expect(await say(client, byAnother)).toBe('holder_proof_invalid')
    expect(await say(client, byAnother)).toBe('replayed')
    expect(await say(client, await renewal())).toBe('renewed')
    expect(await say(client, await renewal())).toBe('usage_exhausted')
  })

  it('takes no bearer token, which anybody could have seen, unless the policy does for the action', async () => {
    const client = await open()
    const bearer = async () => {
      const { request: _, ...unbound } = { request: RENEWAL, audience: `${at.origin}/` }
      return JSON.stringify({ renew: await at.world.token(at.chain, unbound) })
    }
    expect(await say(client, await bearer())).toBe('holder_proof_invalid')

    at.close()
    sockets.close()
    at = await serveWorld({ bearer: ['mail.read'] })
    serve()

    expect(await say(await open(), await bearer())).toBe('renewed')
  })
})
