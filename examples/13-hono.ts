// Hono: one app of Request and Response, on Node here; it needs no change on Workers, Deno and Bun.
import assert from 'node:assert/strict'
import { createAgent } from 'procura/agent'
import { startIssuer } from './support/issuer.ts'
import { freePort } from './support/loopback.ts'
import { mailApp } from './support/mail-app.ts'

const port = await freePort()
const origin = `http://127.0.0.1:${port}`
const audience = `${origin}/`
await using issuer = await startIssuer()
const limit = { kind: 'one_of', on: 'to', values: ['ada@example.com'] }
const sender = await issuer.delegate(`${origin}/`, ['mail.send'], [limit])

const { trust } = issuer

// #region serve
import { serve } from '@hono/node-server'
import { createVerifier } from 'procura/verifier'

const verifier = createVerifier({ audience, trust: [trust], freshness: { '*': 'sensitive' }, pollSeconds: 2 })
await verifier.start()
const server = serve({ fetch: mailApp(verifier).fetch, port, hostname: '127.0.0.1' })
// #endregion

const agent = await createAgent(sender)
const sent = await post({ to: 'ada@example.com' })
const refused = await post({ to: 'eve@example.com' })
const inbox = await agent.fetch(`${origin}/inbox`)
const nobody = await fetch(`${origin}/inbox`)
const garbage = await fetch(`${origin}/outbox`, { method: 'POST', body: '{' })
console.log(`POST /outbox, to whom it may write: ${sent.status}`)
console.log(`POST /outbox, to somebody else:     ${refused.status} ${(await refused.json()).code}`)
console.log(`GET  /inbox, which is not granted:  ${inbox.status} ${(await inbox.json()).code}`)
console.log(`GET  /inbox, without a chain:       ${nobody.status} ${(await nobody.json()).code}`)
console.log(`POST /outbox, what is no JSON:      ${garbage.status} ${await garbage.text()}`)
assert.deepEqual(
  [sent, refused, inbox, nobody, garbage].map(({ status }) => status),
  [202, 403, 403, 401, 400],
)

verifier.close()
server.close()

function post(mail: { to: string }): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return agent.fetch(`${origin}/outbox`, { method: 'POST', body: JSON.stringify(mail), headers })
}
