// Verify: an Express service lets an agent do what its chain allows, and asks nobody for it.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import express from 'express'
import { createAgent } from 'procura/agent'
import { delegated, delegationOf, requireDelegation } from 'procura/express'
import { createVerifier } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'
import { originOf } from './support/loopback.ts'

const server = createServer()
const origin = await originOf(server)

await using issuer = await startIssuer()
const { trust } = issuer
const { key, chain, agentId } = await issuer.delegate(`${origin}/`, ['mail.read'])

const audience = `${origin}/`
const app = express()
// #region verify
const verifier = createVerifier({ audience, trust: [trust], freshness: { '*': 'sensitive' } })
await verifier.start()
app.use(delegated(verifier))
app.get('/inbox', requireDelegation('mail.read'), (req, res) => {
  const { agent, owner } = delegationOf(req)
  res.json({ agent, owner })
})
// #endregion
app.post('/outbox', requireDelegation('mail.send'), (_req, res) => void res.sendStatus(204))
server.on('request', app)

const agent = await createAgent({ key, chain })
const inbox = await agent.fetch(`${origin}/inbox`)
const outbox = await agent.fetch(`${origin}/outbox`, { method: 'POST' })
const nobody = await fetch(`${origin}/inbox`)

const read = await inbox.json()
const sent = await outbox.json()
const anonymous = await nobody.json()
console.log(`GET  /inbox, which is granted:      ${inbox.status}, for ${read.agent} of ${read.owner}`)
console.log(`POST /outbox, which is not granted: ${outbox.status} ${sent.code}: ${sent.detail}`)
console.log(`GET  /inbox, without a chain:       ${nobody.status} ${anonymous.code}: ${anonymous.detail}`)

assert.deepEqual([inbox.status, read.agent], [200, agentId])
assert.deepEqual([outbox.status, sent.code], [403, 'not_authorized'])
assert.deepEqual([nobody.status, anonymous.code], [401, 'chain_required'])

verifier.close()
server.close()
