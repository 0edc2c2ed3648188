import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sessionKey } from '../../../src/adapters/mcp/index.ts'
import { type McpOptions, startMcpV1 } from '../transports/mcp-v1.ts'
import type { Call, Caller, Connection, RunningService, Scene } from '../transports/scene.ts'
import { fieldOf, type Tap, withField } from '../transports/wire.ts'

const READ: Call = { tool: 'read', args: { folder: 'inbox' } }

let service: RunningService & { scene: Scene }
let mine: Connection
let theirs: Connection
let mySession: string

/** Two agents, each connected with a session of its own. */
async function open(options: Partial<McpOptions> = {}): Promise<void> {
  service = await startMcpV1({ proof: 'bearer', ...options })
  mine = await service.connect(await service.scene.caller())
  theirs = await service.connect(await service.scene.otherCaller())
  const record: Tap = (wire) => {
    mySession = fieldOf(wire, 'mcp-session-id') ?? ''
    return wire
  }
  expect(await mine.call(READ, record)).toHaveProperty('result')
  expect(await theirs.call(READ)).toHaveProperty('result')
}

const inMySession: Tap = withField('mcp-session-id', () => mySession)

/** One HTTP request to the endpoint, in my session; its answer is not read. */
async function request(method: string, caller: Caller | undefined): Promise<Response> {
  const response = await send(method, caller)
  await response.body?.cancel()
  return response
}

async function send(method: string, caller: Caller | undefined): Promise<Response> {
  const { scene } = service
  const agent = caller && (await scene.agentOf(caller))
  const token = await agent?.token({ audience: `${scene.origin}/` })
  const headers = {
    accept: 'text/event-stream',
    'mcp-session-id': mySession,
    ...(token && { authorization: `Bearer ${token}` }),
  }
  return fetch(`${scene.origin}/mcp`, { method, headers })
}

describe('a session of MCP', () => {
  beforeEach(() => open())
  afterEach(async () => {
    await mine.close()
    await theirs.close()
    await service.close()
  })

  it('is none for another agent, whatever it may do itself', async () => {
    expect(await theirs.call(READ, inMySession)).toEqual({ status: 404 })
    expect(await mine.call(READ)).toHaveProperty('result')
    expect(await theirs.call(READ)).toHaveProperty('result')
  })

  it('is neither heard nor ended by another agent', async () => {
    const other = await service.scene.otherCaller()

    expect((await request('GET', other)).status).toBe(404)
    expect((await request('DELETE', other)).status).toBe(404)
    expect(await mine.call(READ)).toHaveProperty('result')
    expect((await request('DELETE', await service.scene.caller())).status).toBe(200)
    expect(await mine.call(READ)).toEqual({ status: 404 })
  })

  it.each(['GET', 'DELETE', 'POST'])('proves nothing by its id: %s', async (method) => {
    const response = await request(method, undefined)

    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/)
  })

  it('fails at the next request after its agent was revoked, for its calls, its stream and its end', async () => {
    const caller = await service.scene.caller()
    await service.scene.revokeAgent()

    expect(await mine.call(READ)).toMatchObject({ status: 401, code: 'revoked' })
    expect((await request('GET', caller)).status).toBe(401)
    expect((await request('DELETE', caller)).status).toBe(401)
    expect(await theirs.call(READ)).toHaveProperty('result')
  })
})

describe('a stream of MCP', () => {
  it('that is open when its agent is revoked ends, and is not opened again', async () => {
    service = await startMcpV1({ proof: 'bearer' })
    const caller = await service.scene.caller()
    mySession = await initialize(caller)
    const stream = await send('GET', caller)
    const ended = stream.text().catch(() => 'cut off')
    expect(stream.status).toBe(200)
    await service.scene.revokeAgent()

    expect(await ended).toBe('cut off')
    expect((await send('GET', caller)).status).toBe(401)
    await service.close()
  })

  /** Opens a session as a client does that keeps no stream of its own. */
  async function initialize(caller: Caller): Promise<string> {
    const { scene } = service
    const token = await (await scene.agentOf(caller)).token({ audience: `${scene.origin}/` })
    const clientInfo = { name: 'caller', version: '1.0.0' }
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo }
    const response = await fetch(`${scene.origin}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }),
    })
    await response.text()
    return response.headers.get('mcp-session-id') ?? ''
  }
})

describe('a session of MCP that the service keeps under its id alone', () => {
  beforeEach(() => open({ keyOf: (_, sessionId) => sessionId }))
  afterEach(async () => {
    await mine.close()
    await theirs.close()
    await service.close()
  })

  it('still takes no call of another agent', async () => {
    expect(await theirs.call(READ, inMySession)).toMatchObject({ status: 401, code: 'holder_proof_invalid' })
    expect(await mine.call(READ)).toHaveProperty('result')
  })
})

describe('sessionKey', () => {
  it('has none for who was not verified', () => {
    const notVerified = expect.objectContaining({ code: 'ERR_PROCURA_NOT_STARTED' })

    expect(() => sessionKey(undefined, 'session')).toThrow(notVerified)
    expect(() => sessionKey({ extra: {} }, 'session')).toThrow(notVerified)
  })
})
