import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { OAUTH_ERRORS } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { StdioServerTransport as StdioV1 } from '@modelcontextprotocol/sdk/server/stdio.js'
import { StdioServerTransport as StdioV2 } from '@modelcontextprotocol/server/stdio'
import express from 'express'
import { beforeEach, describe, expect, it } from 'vitest'
import { createTokenVerifier } from '../../../src/adapters/mcp/index.ts'
import type { Agent } from '../../../src/holder/index.ts'
import { listen } from '../transports/express.ts'
import { withBearer } from '../transports/http-client.ts'
import { metaOf } from '../transports/mcp-client.ts'
import { buildServerV1 } from '../transports/mcp-v1.ts'
import { buildServerV2 } from '../transports/mcp-v2.ts'
import { type Call, type Caller, Scene } from '../transports/scene.ts'

const READ: Call = { tool: 'read', args: { folder: 'inbox' } }
const PARAMS = { name: 'read', arguments: { folder: 'inbox' } }

describe.each([
  [
    '1',
    (scene: Scene, input: PassThrough, output: PassThrough) =>
      buildServerV1(scene).connect(new StdioV1(input, output)),
  ],
  [
    '2',
    (scene: Scene, input: PassThrough, output: PassThrough) =>
      buildServerV2(scene).connect(new StdioV2(input, output)),
  ],
] as const)('a guarded server of version %s of the MCP SDK, on standard input and output', (_, connect) => {
  let scene: Scene
  let agent: Agent
  let input: PassThrough
  let output: PassThrough

  beforeEach(async () => {
    scene = await Scene.create('https://mail.example')
    agent = await scene.agentOf(await scene.caller())
    input = new PassThrough()
    output = new PassThrough()
    await connect(scene, input, output)
  })

  async function ask(params: object): Promise<unknown> {
    input.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })}\n`)
    const [line] = await once(output, 'data')
    return JSON.parse(String(line))
  }

  it('takes each call by its own proof, once', async () => {
    const params = { ...PARAMS, _meta: await metaOf(agent, 'https://mail.example/', READ) }

    expect(await ask(params)).toMatchObject({ id: 1, result: { content: [{ type: 'text' }] } })
    expect(await ask(params)).toMatchObject({ id: 1, error: { code: 401, data: { code: 'replayed' } } })
    expect(await ask(PARAMS)).toMatchObject({ id: 1, error: { code: 401, data: { code: 'chain_required' } } })
    expect(scene.served).toEqual(['read'])
  })
})

describe('a guarded server of version 1 of the MCP SDK, on its older transport by server-sent events', () => {
  it('takes no message of another agent in a session, and none of nobody', async () => {
    const { server, origin } = await listen()
    const scene = await Scene.create(origin)
    server.on('request', sseApp(scene))
    const endpoint = new URL('/sse', origin)
    const connect = async (caller: Caller): Promise<[Client, SSEClientTransport]> => {
      const token = await (await scene.agentOf(caller)).token({ audience: `${origin}/` })
      const transport = new SSEClientTransport(endpoint, { fetch: withBearer(token, fetch) })
      const client = new Client({ name: 'caller', version: '1.0.0' })
      await client.connect(transport)
      return [client, transport]
    }
    const [mine, line] = await connect(await scene.caller())
    const answers: unknown[] = []
    const other = await (await scene.agentOf(await scene.otherCaller())).token({ audience: `${origin}/` })
    const post = (id: number, headers: Record<string, string>) =>
      fetch(messagesOf(line), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: PARAMS }),
      })
    const { onmessage } = line
    line.onmessage = (message) => {
      answers.push(message)
      if (!JSON.stringify(message).includes('"id":99')) onmessage?.(message)
    }

    expect(await mine.callTool(PARAMS)).toHaveProperty('content')
    expect((await post(98, {})).status).toBe(401)
    expect((await post(99, { authorization: `Bearer ${other}` })).status).toBe(202)
    await expect
      .poll(() => answers)
      .toContainEqual(expect.objectContaining({ id: 99, error: expect.objectContaining({ code: 401 }) }))
    expect(scene.served).toEqual(['read'])
    await mine.close()
    server.closeAllConnections()
    server.close()
  })
})

/** Sessions are kept under their id alone, as programs for this transport do. */
function sseApp(scene: Scene): express.Express {
  const sessions = new Map<string, SSEServerTransport>()
  const { verifier } = scene
  const tokens = createTokenVerifier({ verifier, actions: ['mcp.connect'], errors: OAUTH_ERRORS })
  const app = express()
  app.use(requireBearerAuth({ verifier: tokens }))
  app.get('/sse', async (_req, res) => {
    const transport = new SSEServerTransport('/messages', res)
    sessions.set(transport.sessionId, transport)
    await buildServerV1(scene).connect(transport)
  })
  app.post('/messages', async (req, res) => {
    await sessions.get(String(req.query.sessionId))?.handlePostMessage(req, res)
  })
  return app
}

function messagesOf(transport: SSEClientTransport): URL {
  return (transport as unknown as { _endpoint: URL })._endpoint
}
