import { randomUUID } from 'node:crypto'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { OAUTH_ERRORS } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Request, type Response } from 'express'
import { z } from 'zod'
import {
  createTokenVerifier,
  delegationOf,
  guardServer,
  sessionKey,
} from '../../../src/adapters/mcp/index.ts'
import type { Verifier } from '../../../src/verifier/index.ts'
import { listen } from './express.ts'
import { type ConnectClient, connectMcp, type McpProof } from './mcp-client.ts'
import { ACTIONS, type RunningService, Scene, type Tool } from './scene.ts'

const ARGUMENTS = { folder: z.string().optional(), to: z.string().optional() }
export const TOOLS = { read: { action: 'mail.read' }, send: { action: 'mail.send' } }

export const connectV1: ConnectClient = async (endpoint, fetch) => {
  const client = new Client({ name: 'caller', version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(endpoint, { fetch }))
  return {
    callTool: (params) => client.callTool(params),
    close: () => client.close(),
  }
}

/** A server whose tools say who calls. */
export function buildServerV1({ verifier, served, onVerdict }: Scene): McpServer {
  const server = guardServer(new McpServer({ name: 'mail', version: '1.0.0' }), {
    verifier,
    onVerdict,
    tools: TOOLS,
    target: '/mcp',
  })
  for (const tool of Object.keys(ACTIONS) as Tool[]) {
    server.registerTool(tool, { inputSchema: ARGUMENTS }, (args, extra) => {
      served.push(tool)
      const text = JSON.stringify({ did: tool, by: delegationOf(extra).agent, with: args })
      return { content: [{ type: 'text', text }] }
    })
  }
  return server
}

export interface McpOptions {
  readonly proof: McpProof
  readonly connect?: ConnectClient
  /** Under what sessions are kept. Default: the agent and the id. */
  readonly keyOf?: (auth: Request['auth'], sessionId: string) => string
}

/** Express with sessions behind the SDK's bearer middleware; without sessions where calls alone are proven. */
export async function startMcpV1(options: McpOptions): Promise<RunningService & { scene: Scene }> {
  const { proof, connect = connectV1 } = options
  const { server, origin } = await listen()
  const scene = await Scene.create(origin)
  server.on('request', proof === 'bound' ? statelessApp(scene) : sessionApp(scene, options))
  return {
    scene,
    connect: (caller) => connectMcp(scene, caller, proof, connect),
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** A stream ends when its agent is revoked, or its token ends. */
function endWithAuthority(verifier: Verifier, { auth }: Request, res: Response): void {
  const watch = verifier.watch(delegationOf({ authInfo: auth }), () => res.destroy())
  res.on('close', () => watch.stop())
}

function statelessApp(scene: Scene): express.Express {
  const app = express()
  app.post('/mcp', async (req, res) => {
    const transport = new StreamableHTTPServerTransport({})
    await buildServerV1(scene).connect(transport)
    await transport.handleRequest(req, res)
  })
  return app
}

function sessionApp(scene: Scene, { keyOf = sessionKey }: McpOptions): express.Express {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const tokens = createTokenVerifier({
    verifier: scene.verifier,
    actions: ['mcp.connect'],
    errors: OAUTH_ERRORS,
    target: '/mcp',
    onVerdict: scene.onVerdict,
  })
  const app = express()
  app.all('/mcp', requireBearerAuth({ verifier: tokens }), async (req, res) => {
    const id = req.header('mcp-session-id')
    const transport = id === undefined ? await open(req) : sessions.get(keyOf(req.auth, id))
    if (transport === undefined) return void res.sendStatus(404)
    if (req.method === 'GET') endWithAuthority(scene.verifier, req, res)
    await transport.handleRequest(req, res)
  })
  return app

  async function open({ auth }: Request): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(keyOf(auth, id), transport),
    })
    await buildServerV1(scene).connect(transport)
    return transport
  }
}
