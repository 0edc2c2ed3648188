// Hono: one app of Request and Response, on Node here; it needs no change on Workers, Deno and Bun.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createAgent } from 'procura/agent'
import { createVerifier } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'
import { originOf } from './support/loopback.ts'
import { mailApp } from './support/mail-app.ts'

const http = createServer()
const origin = await originOf(http)
await using issuer = await startIssuer()
const limit = { kind: 'one_of', on: 'to', values: ['ada@example.com'] }
const sender = await issuer.delegate(`${origin}/`, ['mail.send'], [limit])

const verifier = createVerifier({
  audience: `${origin}/`, // as callers write it: what Host says, or a proxy in front, does not matter
  trust: [issuer.trust],
  freshness: { '*': 'sensitive' },
})
await verifier.start()
http.on('request', getRequestListener(mailApp(verifier).fetch))

const agent = await createAgent(sender)
const sent = await post({ to: 'ada@example.com' })
const refused = await post({ to: 'eve@example.com' })
const inbox = await agent.fetch(`${origin}/inbox`)
const nobody = await fetch(`${origin}/inbox`)
console.log(`POST /outbox, to whom it may write: ${sent.status}`)
console.log(`POST /outbox, to somebody else:     ${refused.status} ${(await refused.json()).code}`)
console.log(`GET  /inbox, which is not granted:  ${inbox.status} ${(await inbox.json()).code}`)
console.log(`GET  /inbox, without a chain:       ${nobody.status} ${(await nobody.json()).code}`)
assert.deepEqual(
  [sent, refused, inbox, nobody].map(({ status }) => status),
  [202, 403, 403, 401],
)

verifier.close()
http.close()
http.closeAllConnections()

function post(mail: { to: string }): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return agent.fetch(`${origin}/outbox`, { method: 'POST', body: JSON.stringify(mail), headers })
}
