// Event stream: what lasts longer than a request ends when the delegation does, over HTTP and in a WebSocket.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createAgent } from 'procura/agent'
import { startIssuer } from './support/issuer.ts'
import { freePort } from './support/loopback.ts'

const port = await freePort()
const origin = `http://127.0.0.1:${port}`
const audience = `${origin}/`

await using issuer = await startIssuer()
const { key, chain, delegation } = await issuer.delegate(audience, ['mail.watch'])
const { trust } = issuer

// #region events
import { createServer } from 'node:http'
import express from 'express'
import { delegated, requireDelegation } from 'procura/express'
import { createVerifier } from 'procura/verifier'

const freshness = { '*': 'sensitive' } as const
const verifier = createVerifier({ audience, trust: [trust], freshness, pollSeconds: 1 })
await verifier.start()
const app = express()
app.use(delegated(verifier))
app.get('/events', requireDelegation('mail.watch'), (_req, res) => {
  res.type('text/event-stream').write('data: {"mail":1}\n\n') // and so on; it is ended by itself
})
const server = createServer(app).listen(port, '127.0.0.1')

// #endregion

// #region websocket
import { holdConnection, verifyUpgrade } from 'procura/express'
import { WebSocketServer } from 'ws'

const sockets = new WebSocketServer({ noServer: true })
server.on('upgrade', async (request, socket, head) => {
  const verdict = await verifyUpgrade(verifier, request, socket, { action: 'mail.watch' })
  if (verdict === undefined) return // answered with 401 or 403
  sockets.handleUpgrade(request, socket, head, (connection) => {
    const held = holdConnection(verifier, verdict, connection)
    connection.on('message', async (message) => {
      const { verified } = await held.renew(String(message)) // here every message is a token
      connection.send(verified ? 'renewed' : 'refused')
    })
  })
})
// #endregion

const agent = await createAgent({ key, chain })
const events = await agent.fetch(`${origin}/events`)
const stream = events.text()

// #region renew
import type { Agent } from 'procura/agent'
import { WebSocket } from 'ws'

async function renew(by: Agent, client: WebSocket): Promise<void> {
  client.send(await by.token({ audience, request: { method: 'agent-delegation/renew' } }))
}
// #endregion
const nobody = new WebSocket(`${origin.replace('http', 'ws')}/mail`)
nobody.on('error', () => {}) // it is told over HTTP
const [, refused] = await once(nobody, 'unexpected-response')
console.log(`WebSocket without a chain: ${refused.statusCode}`)
assert.equal(refused.statusCode, 401)

const client = new WebSocket(`${origin.replace('http', 'ws')}/mail`, { headers: await signedFields('/mail') })
await once(client, 'open')

await renew(agent, client)
const [renewed] = await once(client, 'message')
console.log(`WebSocket with a fresh token: ${renewed}`)
assert.equal(String(renewed), 'renewed')

const closed = once(client, 'close')
await issuer.post(`/v1/delegations/${delegation}/revoke`, { reason: 'the task is done' })
const [code, reason] = await closed
console.log(`revoked: WebSocket closed with ${code} ${reason}`)
console.log(await stream)
assert.deepEqual([code, String(reason)], [1008, 'revoked'])
assert.match(await stream, /^data: \{"mail":1\}\n\nevent: delegation-ended\ndata: \{"code":"revoked"\}\n\n$/)

verifier.close()
sockets.close()
server.close()

/** What the agent adds to a request without a body, for a client that sends it itself. */
async function signedFields(target: string): Promise<Record<string, string>> {
  let headers = new Headers()
  const fetch = async (input: string | URL | Request, init?: RequestInit) => {
    headers = new Request(input, init).headers
    return new Response()
  }
  await (await createAgent({ key, chain, fetch })).fetch(origin + target)
  return Object.fromEntries(headers)
}
