import { getRequestListener } from '@hono/node-server'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createMcpHandler, McpServer, OAuthError, requireBearerAuth } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import { z } from 'zod'
import { createTokenVerifier, delegationOf, guardServer } from '../../../src/adapters/mcp/index.ts'
import { listen } from './express.ts'
import { type ConnectClient, connectMcp } from './mcp-client.ts'
import { type McpOptions, TOOLS } from './mcp-v1.ts'
import { ACTIONS, type RunningService, Scene, type Tool } from './scene.ts'

const ARGUMENTS = z.object({ folder: z.string().optional(), to: z.string().optional() })

/** A client that speaks the revision of 2026, or with `legacy` that of 2025. */
export function connectV2(mode: 'auto' | 'legacy'): ConnectClient {
  return async (endpoint, fetch) => {
    const client = new Client({ name: 'caller', version: '1.0.0' }, { versionNegotiation: { mode } })
    await client.connect(new StreamableHTTPClientTransport(endpoint, { fetch }))
    return {
      callTool: (params) => client.callTool(params),
      close: () => client.close(),
    }
  }
}

/** A server whose tools say who calls. */
export function buildServerV2({ verifier, served, onVerdict }: Scene): McpServer {
  const server = guardServer(new McpServer({ name: 'mail', version: '1.0.0' }), {
    verifier,
    onVerdict,
    tools: TOOLS,
    target: '/mcp',
  })
  for (const tool of Object.keys(ACTIONS) as Tool[]) {
    server.registerTool(tool, { inputSchema: ARGUMENTS }, (args, ctx) => {
      served.push(tool)
      const text = JSON.stringify({ did: tool, by: delegationOf(ctx).agent, with: args })
      return { content: [{ type: 'text', text }] }
    })
  }
  return server
}

/** The SDK's handler for fetch, in Hono on Node, behind its bearer gate unless calls alone are proven. */
export async function startMcpV2(options: McpOptions): Promise<RunningService & { scene: Scene }> {
  const { proof, connect = connectV2('auto') } = options
  const { server, origin } = await listen()
  const scene = await Scene.create(origin)
  const { verifier, onVerdict } = scene
  const mcp = createMcpHandler(() => buildServerV2(scene))
  const actions = ['mcp.connect']
  const tokens = createTokenVerifier({ verifier, actions, errors: OAuthError, target: '/mcp', onVerdict })
  const gate = requireBearerAuth({ verifier: tokens })
  const app = new Hono()
  app.all('/mcp', async ({ req }) => {
    const auth = proof === 'bound' ? undefined : await gate(req.raw)
    if (auth instanceof Response) return auth
    return mcp.fetch(req.raw, auth === undefined ? {} : { authInfo: auth })
  })
  server.on('request', getRequestListener(app.fetch))
  return {
    scene,
    connect: (caller) => connectMcp(scene, caller, proof, connect),
    close: async () => {
      await mcp.close()
      server.closeAllConnections()
      server.close()
    },
  }
}
