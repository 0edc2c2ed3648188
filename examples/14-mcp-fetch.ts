// MCP by fetch: a server of the official SDK, version 2, without sessions, in which each call is signed for.
import assert from 'node:assert/strict'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createAgent } from 'procura/agent'
import { startIssuer } from './support/issuer.ts'
import { freePort } from './support/loopback.ts'

const port = await freePort()
const audience = `http://127.0.0.1:${port}/`
await using issuer = await startIssuer()
const limit = { kind: 'range', on: 'amount', max: '50.00', currency: 'EUR', currencyOn: 'currency' }
const { key, chain } = await issuer.delegate(audience, ['payment.initiate'], [limit])

const { trust } = issuer

// #region guard
import { serve } from '@hono/node-server'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { delegationOf, guardServer } from 'procura/mcp'
import { createVerifier } from 'procura/verifier'
import { z } from 'zod'

const verifier = createVerifier({ audience, trust: [trust], freshness: { '*': 'critical' } })
await verifier.start()
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'bank', version: '1.0.0' })
  guardServer(server, { verifier, tools: { pay: { action: 'payment.initiate' } } })
  const inputSchema = z.object({ amount: z.string(), currency: z.string() })
  server.registerTool('pay', { inputSchema }, ({ amount }, ctx) => {
    return { content: [{ type: 'text', text: `${amount} paid by ${delegationOf(ctx).agent}` }] }
  })
  return server
})
const httpServer = serve({ fetch: (request) => handler.fetch(request), port, hostname: '127.0.0.1' })
// #endregion

const agent = await createAgent({ key, chain })
const client = new Client({ name: 'buyer', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
await client.connect(new StreamableHTTPClientTransport(new URL(audience)))
const { content } = await pay('49.90')
console.log(`49.90 EUR: ${JSON.stringify(content)}`)
await assert.rejects(pay('50.01'), ({ message }: Error) => {
  console.log(`50.01 EUR: ${message}`)
  return message.includes('constraint_violated')
})

await client.close()
await handler.close()
verifier.close()
httpServer.close()

async function pay(amount: string) {
  const params = { name: 'pay', arguments: { amount, currency: 'EUR' } }
  const _meta = await agent.mcpMeta({ audience, request: { method: 'tools/call', params } })
  return client.callTool({ ...params, _meta })
}
