import { getRequestListener } from '@hono/node-server'
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { acceptedContent, createMcpHandler, inputRequired, McpServer } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { delegationOf, guardServer } from '../../../src/adapters/mcp/index.ts'
import { createAgent } from '../../../src/holder/index.ts'
import { PRESENTATION_META_KEY } from '../../../src/model/mcp.ts'
import { listen } from '../transports/express.ts'
import { startMcpV1 } from '../transports/mcp-v1.ts'
import { startMcpV2 } from '../transports/mcp-v2.ts'
import { Scene } from '../transports/scene.ts'

const READ = { name: 'read', arguments: { folder: 'inbox', left: undefined } }

describe('agent.mcpTransport', () => {
  it('presents with every call of a client of version 1 of the SDK', async () => {
    const { scene, close } = await startMcpV1({ proof: 'bound' })
    const agent = await scene.agentOf(await scene.caller())
    const client = new ClientV1({ name: 'caller', version: '1.0.0' })
    const line = new TransportV1(new URL('/mcp', scene.origin))
    await client.connect(agent.mcpTransport(line, { audience: `${scene.origin}/` }))
    const onprogress = (): void => {}

    expect(await client.callTool(READ)).toHaveProperty('content')
    expect(await client.callTool(READ, undefined, { onprogress })).toHaveProperty('content')
    expect(scene.served).toEqual(['read', 'read'])
    await client.close()
    await close()
  })

  it('presents with every call of a client of version 2 of the SDK', async () => {
    const { scene, close } = await startMcpV2({ proof: 'bound' })
    const agent = await scene.agentOf(await scene.caller())
    const client = new ClientV2(
      { name: 'caller', version: '1.0.0' },
      { versionNegotiation: { mode: 'auto' } },
    )
    const line = new TransportV2(new URL('/mcp', scene.origin))
    await client.connect(agent.mcpTransport(line, { audience: `${scene.origin}/` }))

    expect((await client.listTools()).tools).toHaveLength(2)
    expect(await client.callTool(READ)).toHaveProperty('content')
    expect(await client.callTool(READ)).toHaveProperty('content')
    await client.close()
    await close()
  })

  it('presents with the second round of a call, which the client makes by itself', async () => {
    const { server, origin } = await listen()
    const scene = await Scene.create(origin)
    const handler = createMcpHandler(() => guardServer(askingServer(), rulesOf(scene)))
    server.on(
      'request',
      getRequestListener((request) => handler.fetch(request)),
    )
    const agent = await scene.agentOf(await scene.caller())
    const client = new ClientV2(
      { name: 'caller', version: '1.0.0' },
      { versionNegotiation: { mode: 'auto' }, capabilities: { elicitation: { form: {} } } },
    )
    client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { sure: true } }))
    const line = new TransportV2(new URL('/mcp', origin))
    await client.connect(agent.mcpTransport(line, { audience: `${origin}/` }))

    const { content } = await client.callTool({ name: 'send', arguments: { to: 'ada' } })

    expect(content).toEqual([{ type: 'text', text: 'sent for agt_mailer' }])
    await client.close()
    await handler.close()
    server.closeAllConnections()
    server.close()
  })

  it('leaves alone what does nothing, and does not send what it cannot present with', async () => {
    const scene = await Scene.create('https://mail.example')
    const sent: object[] = []
    const send = async (message: object): Promise<void> => void sent.push(message)
    const { chain, signer } = await scene.caller()
    let { now } = scene.world
    const agent = await createAgent({ key: signer, chain, clock: () => now })
    const line = agent.mcpTransport({ send }, { audience: 'https://mail.example/' })
    const idle = [
      { id: 1, method: 'initialize', params: {} },
      { id: 2, method: 'tools/list' },
      { method: 'notifications/initialized' },
      { id: 3, result: {} },
    ]
    for (const message of idle) await line.send(message)

    expect(sent).toEqual(idle)
    await line.send({ id: 4, method: 'resources/list' })
    expect(sent[4]).toMatchObject({ params: { _meta: { [PRESENTATION_META_KEY]: expect.any(String) } } })
    now += 24 * 3_600_000
    await expect(line.send({ id: 5, method: 'resources/list' })).rejects.toMatchObject({
      code: 'ERR_PROCURA_DELEGATION_ENDED',
    })
    expect(sent).toHaveLength(5)
  })
})

/** A server that asks back before it sends. */
function askingServer(): McpServer {
  const server = new McpServer({ name: 'mail', version: '1.0.0' })
  const sure = z.object({ sure: z.boolean() })
  server.registerTool('send', { inputSchema: z.object({ to: z.string() }) }, (_, ctx) => {
    const answer = acceptedContent(ctx.mcpReq.inputResponses, 'confirm', sure)
    const confirm = inputRequired.elicit({ message: 'Send?', requestedSchema: sure })
    if (answer?.sure !== true) return inputRequired({ inputRequests: { confirm } })
    return { content: [{ type: 'text', text: `sent for ${delegationOf(ctx).agent}` }] }
  })
  return server
}

function rulesOf({ verifier }: Scene): Parameters<typeof guardServer>[1] {
  return { verifier, tools: { send: { action: 'mail.send' } } }
}
