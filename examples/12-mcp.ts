// MCP: a server of the official SDK, version 1, whose connections need a bearer token and whose calls are signed for.
import assert from 'node:assert/strict'
import { startIssuer } from './support/issuer.ts'
import { freePort } from './support/loopback.ts'

const port = await freePort()
const audience = `http://127.0.0.1:${port}/`
await using issuer = await startIssuer()
const { trust } = issuer
const { key, chain, delegation } = await issuer.delegate(audience, ['mcp.connect', 'mail.send'])
process.env.PROCURA_AGENT_KEY = JSON.stringify(key)
process.env.PROCURA_CREDENTIAL = JSON.stringify({ chain })

// #region bearer
import { OAUTH_ERRORS } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import express from 'express'
import { createTokenVerifier } from 'procura/mcp'
import { createVerifier } from 'procura/verifier'

const bearer = ['mcp.connect']
const verifier = createVerifier({ audience, trust: [trust], freshness: { '*': 'sensitive' }, bearer })
await verifier.start()
const tokens = createTokenVerifier({ verifier, actions: bearer, errors: OAUTH_ERRORS, target: '/mcp' })
const app = express().use('/mcp', requireBearerAuth({ verifier: tokens }))

// #endregion

// #region guard
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { delegationOf, guardServer } from 'procura/mcp'
import { z } from 'zod'

function buildServer(): McpServer {
  const server = new McpServer({ name: 'mail', version: '1.0.0' })
  guardServer(server, {
    verifier,
    target: '/mcp',
    tools: { send: { action: 'mail.send', identifier: ({ to }) => `contact/${to}` } },
  })
  server.registerTool('send', { inputSchema: { to: z.string() } }, ({ to }, extra) => {
    return { content: [{ type: 'text', text: `sent to ${to} for ${delegationOf(extra).accountable}` }] }
  })
  return server
}

// #endregion

// #region sessions
import { randomUUID } from 'node:crypto'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { sessionKey } from 'procura/mcp'

const sessions = new Map<string, StreamableHTTPServerTransport>()
app.all('/mcp', async (req, res) => {
  const id = req.header('mcp-session-id')
  const transport = id === undefined ? await open(req) : sessions.get(sessionKey(req.auth, id))
  if (transport === undefined) return void res.sendStatus(404) // none, or another agent's
  if (req.method === 'GET') endWithAuthority(res, req.auth)
  await transport.handleRequest(req, res)
})
/** A stream ends when its agent is revoked, or its token ends; the client comes back with a new one. */
function endWithAuthority(res: express.Response, authInfo: express.Request['auth']) {
  const watch = verifier.watch(delegationOf({ authInfo }), () => res.destroy())
  res.on('close', () => watch.stop())
}
async function open({ auth }: express.Request) {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(sessionKey(auth, id), transport),
  })
  await buildServer().connect(transport)
  return transport
}
const http = app.listen(port, '127.0.0.1')

// #endregion

// #region call
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { createAgent } from 'procura/agent'

const agent = await createAgent.fromEnv() // key and chain: PROCURA_AGENT_KEY_FILE, PROCURA_CREDENTIAL_FILE
const client = new Client({ name: 'mailer', version: '1.0.0' })
const fetchAsAgent: typeof fetch = async (url, init) => {
  const headers = new Headers(init?.headers)
  headers.set('authorization', `Bearer ${await agent.token({ audience, lifetime: '60s' })}`)
  return fetch(url, { ...init, headers })
}
await client.connect(new StreamableHTTPClientTransport(new URL('mcp', audience), { fetch: fetchAsAgent }))
const params = { name: 'send', arguments: { to: 'ada' } }
const _meta = await agent.mcpMeta({ audience, request: { method: 'tools/call', params } })
const sent = await client.callTool({ ...params, _meta })
// #endregion
console.log(`${'signed for:'.padEnd(24)} ${JSON.stringify(sent.content)}`)
assert.match(JSON.stringify(sent), /sent to ada for urn:uuid:/)

await denied('the same once more', 'replayed', () => client.callTool({ ...params, _meta }))
await denied('other arguments', 'holder_proof_invalid', async () => {
  const request = { method: 'tools/call', params }
  const signed = await agent.mcpMeta({ audience, request })
  return client.callTool({ name: 'send', arguments: { to: 'eve' }, _meta: signed })
})
await denied('only the bearer', 'holder_proof_invalid', () => client.callTool(params))
await issuer.post(`/v1/delegations/${delegation}/revoke`, { reason: 'the task is done' })
await new Promise((resolve) => setTimeout(resolve, 500))
await verifier.sync()
await denied('in its session, revoked', 'revoked', () => client.callTool(params))

await client.close()
verifier.close()
http.close()
http.closeAllConnections()

/** A client sees every denial as an error, with the code of the refusal in its message. */
async function denied(what: string, code: string, call: () => Promise<unknown>): Promise<void> {
  await assert.rejects(call, ({ message }: Error) => {
    console.log(`${`${what}:`.padEnd(24)} ${message.slice(0, 96)}`)
    return message.includes(code)
  })
}
