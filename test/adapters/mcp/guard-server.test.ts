import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { delegationOf, type GuardOptions, guardServer } from '../../../src/adapters/mcp/index.ts'
import type {
  Deliver,
  ErrorResponse,
  Message,
  MessageExtra,
  Transport,
} from '../../../src/adapters/mcp/protocol.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { type Agent, createAgent } from '../../../src/holder/index.ts'
import type { PresentationVerdict } from '../../../src/verifier/index.ts'
import { uncaughtDuring } from '../../helpers/uncaught.ts'
import { buildServerV1 } from '../transports/mcp-v1.ts'
import { Scene } from '../transports/scene.ts'

const ORIGIN = 'https://mail.example'
const AUDIENCE = `${ORIGIN}/`

let scene: Scene
let agent: Agent
let line: FakeTransport

beforeEach(async () => {
  scene = await Scene.create(ORIGIN)
  agent = await scene.agentOf(await scene.caller())
  line = new FakeTransport()
})

/** A connection in which both ends are seen. */
class FakeTransport implements Transport {
  sessionId: string | undefined
  onmessage?: Deliver
  readonly errors: Error[] = []
  readonly answers: ErrorResponse[] = []
  sending: () => Promise<void> = async () => {}
  onerror = (error: Error): void => void this.errors.push(error)
  async start(): Promise<void> {}
  async close(): Promise<void> {}
  async send(message: ErrorResponse): Promise<void> {
    this.answers.push(message)
    return this.sending()
  }
}

/** What a server behind the guard gets to see. */
async function guarded(options: Partial<GuardOptions> = {}): Promise<[Message, MessageExtra | undefined][]> {
  const seen: [Message, MessageExtra | undefined][] = []
  const server = {
    connect: (transport: Transport) => {
      transport.onmessage = (message, extra) => void seen.push([message, extra])
      return transport.start()
    },
  }
  const tools = { read: { action: 'mail.read' }, send: { action: 'mail.send' } }
  await guardServer(server, { verifier: scene.verifier, tools, ...options }).connect(line)
  return seen
}

/** Delivers a message, and waits until it was decided. */
async function receive(message: Message, extra?: MessageExtra): Promise<ErrorResponse | undefined> {
  const before = line.answers.length
  line.onmessage?.(message, extra)
  for (let turn = 0; turn < 50 && line.answers.length === before; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return line.answers[before]
}

async function call(params: JsonObject, method = 'tools/call', by = agent): Promise<Message> {
  const _meta = await by.mcpMeta({ audience: AUDIENCE, request: { method, params } })
  return { id: 1, method, params: { ...params, _meta } }
}

const READ = { name: 'read', arguments: { folder: 'inbox' } }

describe('the guard of an MCP server', () => {
  it('hands on a call that is proven, with who calls [P6]', async () => {
    const seen = await guarded()
    const message = await call(READ)

    expect(await receive(message)).toBeUndefined()
    expect(seen).toEqual([[message, { authInfo: expect.objectContaining({ clientId: 'agt_mailer' }) }]])
    expect(delegationOf({ http: seen[0]?.[1] ?? {} })).toMatchObject({ presenter: agent.did })
  })

  it('answers what it refuses with an error of the protocol: the HTTP status, and the problem', async () => {
    const seen = await guarded()

    expect(await receive({ id: 'a', method: 'tools/call', params: READ })).toEqual({
      jsonrpc: '2.0',
      id: 'a',
      error: {
        code: 401,
        message: expect.stringMatching(/^chain_required: /),
        data: expect.objectContaining({ code: 'chain_required', dimension: '_meta', status: 401 }),
      },
    })
    expect(seen).toEqual([])
  })

  it.each([
    { id: 1, method: 'initialize' },
    { id: 1, method: 'ping' },
    { id: 1, method: 'server/discover' },
    { id: 1, method: 'tools/list' },
    { method: 'notifications/initialized' },
  ])('lets $method pass without a proof', async (message) => {
    const seen = await guarded()
    await receive(message)

    expect(seen).toEqual([[message, undefined]])
  })

  it('takes what asks for an answer for no notification', async () => {
    const seen = await guarded()

    expect(await receive({ id: 1, method: 'notifications/initialized' })).toMatchObject({
      error: { data: { code: 'not_authorized' } },
    })
    expect(seen).toEqual([])
  })

  it('lets answers to the server pass', async () => {
    const seen = await guarded()
    await receive({ id: 1 })

    expect(seen).toHaveLength(1)
  })

  it.each([
    'resources/read',
    'resources/list',
    'prompts/get',
    'tasks/result',
    'completion/complete',
    'toString',
  ])('refuses %s, which no rule names, even with a proof', async (method) => {
    const seen = await guarded()

    expect(await receive(await call({ uri: 'mail://inbox' }, method))).toMatchObject({
      error: { code: 403, data: { code: 'not_authorized', dimension: 'requests' } },
    })
    expect(seen).toEqual([])
  })

  it.each(['purge', 'toString', '__proto__'])('refuses the tool %s, which no rule names', async (name) => {
    await guarded()
    const { error } = (await receive(await call({ ...READ, name }))) ?? {}

    expect(error).toMatchObject({ code: 403, data: { code: 'not_authorized', dimension: 'tools' } })
    expect(error?.message).toBe(
      'not_authorized: This service has no rule for what is asked (tools); no grant would help, its operator can add one.',
    )
  })

  it('asks for other requests what their rule says', async () => {
    const requests = { 'resources/read': { action: 'mail.read' } }
    const seen = await guarded({ requests })

    expect(await receive(await call({ folder: 'inbox' }, 'resources/read'))).toBeUndefined()
    expect(seen).toHaveLength(1)
    expect(await receive(await call({ folder: 'board' }, 'resources/read'))).toMatchObject({
      error: { data: { code: 'constraint_violated' } },
    })
  })

  it('drops a call that asks for no answer', async () => {
    const seen = await guarded()
    const { id, ...notification } = await call(READ)

    expect(await receive(notification)).toBeUndefined()
    expect(seen).toEqual([])
  })

  it('refuses parameters that are no object', async () => {
    const seen = await guarded()

    expect(await receive({ id: 1, method: 'tools/call', params: [READ] })).toMatchObject({
      error: { data: { code: 'malformed', dimension: 'params' } },
    })
    expect(seen).toEqual([])
  })

  it.each([null, 7, {}, ['eyJ']])('refuses %j for a token', async (token) => {
    const seen = await guarded()
    const params = { ...READ, _meta: { 'procura/presentation': token } }

    expect((await receive({ id: 1, method: 'tools/call', params }))?.error.code).toBe(401)
    expect(seen).toEqual([])
  })

  it('takes identifiers from the arguments, and refuses when that throws', async () => {
    const identifier = (args: JsonObject): string => {
      if (typeof args.folder !== 'string') throw new Error('no folder')
      return `box/${args.folder}`
    }
    await guarded({ tools: { read: { action: 'mail.read', identifier } } })
    const grants = scene.grants().map((grant) => ({ ...grant, identifiers: ['box/inbox'] }))
    const chain = await scene.world.agentChain({ authorizationDetails: grants })
    const limited = await createAgent({ key: scene.world.agent.signer, chain, clock: scene.world.clock })

    expect(await receive(await call(READ, 'tools/call', limited))).toBeUndefined()
    const archive = { name: 'read', arguments: { folder: 'archive' } }
    expect(await receive(await call(archive, 'tools/call', limited))).toMatchObject({
      error: { code: 403, data: { dimension: 'identifiers' } },
    })
    expect(await receive(await call({ name: 'read' }, 'tools/call', limited))).toMatchObject({
      error: { code: 500, message: 'the request could not be verified' },
    })
    expect(line.errors.map(({ message }) => message)).toEqual(['no folder'])
  })

  it('holds locations against the target of the endpoint', async () => {
    const locations = [{ origin: ORIGIN, path: '/mcp' }]
    const grants = scene.grants().map((grant) => ({ ...grant, locations }))
    const chain = await scene.world.agentChain({ authorizationDetails: grants })
    const limited = await createAgent({ key: scene.world.agent.signer, chain, clock: scene.world.clock })
    await guarded({ target: '/mcp' })

    expect(await receive(await call(READ, 'tools/call', limited))).toBeUndefined()
    line = new FakeTransport()
    await guarded()
    expect(await receive(await call(READ, 'tools/call', limited))).toMatchObject({ error: { code: 403 } })
  })

  it('reports that an answer could not be sent', async () => {
    await guarded()
    line.sending = () => Promise.reject(new Error('gone'))
    await receive({ id: 1, method: 'tools/call', params: READ })
    await new Promise((resolve) => setTimeout(resolve, 5))

    expect(line.errors.map(({ message }) => message)).toEqual(['gone'])
  })

  it('reports that an answer could not be sent, by a transport that throws', async () => {
    await guarded()
    line.send = () => {
      throw new Error('gone')
    }
    await receive({ id: 1, method: 'tools/call', params: READ })
    await new Promise((resolve) => setTimeout(resolve, 5))

    expect(line.errors.map(({ message }) => message)).toEqual(['gone'])
  })

  it('does not end the process when whom it reports to throws', async () => {
    const reported = vi.fn(() => {
      throw new Error('on purpose')
    })
    await guarded()
    line.onerror = reported
    line.sending = () => Promise.reject(new Error('gone'))

    const uncaught = await uncaughtDuring(async () => {
      await receive({ id: 1, method: 'tools/call', params: READ })
      await new Promise((resolve) => setTimeout(resolve, 5))
    })

    expect(reported).toHaveBeenCalled()
    expect(uncaught).toEqual([])
  })

  it('keeps a session for the agent that was verified first in it', async () => {
    const seen = await guarded()
    const other = await scene.agentOf(await scene.otherCaller())

    expect(await receive(await call(READ))).toBeUndefined()
    expect(await receive(await call(READ, 'tools/call', other))).toBeUndefined()
    line.sessionId = 'session'
    expect(await receive(await call(READ))).toBeUndefined()
    expect(await receive(await call(READ, 'tools/call', other))).toMatchObject({
      error: { code: 401, data: { code: 'holder_proof_invalid', dimension: 'session' } },
    })
    expect(seen).toHaveLength(3)
  })

  it('does not start for a server that takes no messages', async () => {
    const server = guardServer(
      { connect: (transport: Transport) => transport.start() },
      { verifier: scene.verifier, tools: {} },
    )

    await expect(server.connect(line)).rejects.toMatchObject({ code: 'ERR_PROCURA_NOT_STARTED' })
  })

  it('is not put before a server that is connected already', async () => {
    const [client, server] = InMemoryTransport.createLinkedPair()
    const connected = new McpServer({ name: 'mail', version: '1.0.0' })
    await connected.connect(server)

    expect(() => guardServer(connected, { verifier: scene.verifier, tools: {} })).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_NOT_STARTED' }),
    )
    await client.close()
  })

  it('tells of what it refuses by itself, with the sentence and without a receipt', async () => {
    const told: [PresentationVerdict, Message][] = []
    await guarded({ onVerdict: (...decided) => told.push(decided) })
    const message = await call({ ...READ, name: 'purge' })
    await receive(message)
    await receive({ id: 1, method: 'tools/call', params: READ })
    await receive({ id: 1, method: 'ping' })
    const [[verdict, request] = [], [second] = []] = told

    expect(told).toHaveLength(2)
    expect(request).toBe(message)
    expect(verdict).toEqual({
      verified: false,
      refusal: { code: 'not_authorized', dimension: 'tools', authenticated: false, retryable: false },
    })
    expect((await verdict?.explain())?.text()).toMatch(/^refused, not_authorized: This service has no rule/)
    await expect(verdict?.receipt(scene.world.owner.signer)).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
    expect(second).toMatchObject({ refusal: { code: 'chain_required', dimension: '_meta' } })
  })

  it.each(['', 'mail.*', 'mail read'])('takes no rule with "%s" as action', (action) => {
    const tools = { read: { action } }

    expect(() => guardServer({ connect: async () => {} }, { verifier: scene.verifier, tools })).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }),
    )
  })

  it('sees a call that arrives before the server is connected', async () => {
    const [client, server] = InMemoryTransport.createLinkedPair()
    const answers: unknown[] = []
    client.onmessage = (message) => void answers.push(message)
    await client.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: READ })
    await buildServerV1(scene).connect(server)
    await expect.poll(() => answers).toMatchObject([{ id: 1, error: { data: { code: 'chain_required' } } }])
    expect(scene.served).toEqual([])
  })
})

describe('delegationOf', () => {
  it('believes nothing that the guard or the token verifier did not put there', () => {
    const forged = { extra: { delegation: { verified: true, agent: 'agt_mailer' } } }
    const notVerified = expect.objectContaining({ code: 'ERR_PROCURA_NOT_STARTED' })

    expect(() => delegationOf({ authInfo: forged })).toThrow(notVerified)
    expect(() => delegationOf({})).toThrow(notVerified)
  })
})
