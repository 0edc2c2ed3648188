// Service: a program of one's own, whose operator says by a file whom it trusts, and by a variable what callers call it.
import assert from 'node:assert/strict'
import { createAgent } from 'procura/agent'
import { startIssuer } from './support/issuer.ts'
import { freePort } from './support/loopback.ts'
import { operate } from './support/operator.ts'

const origin = `http://127.0.0.1:${await freePort()}`
await using issuer = await startIssuer()
const { key, chain, agentId } = await issuer.delegate(`${origin}/`, ['mail.read', 'mail.send'])
await using _ = await operate(`${origin}/`, { 'anchor.json': issuer.trust })

// #region configuration
import { readFileSync } from 'node:fs'

const audience = process.env.AUDIENCE ?? 'https://mail.example/' // this service, exactly as its callers write it
const port = Number(new URL(audience).port || 8080)
const trust = JSON.parse(readFileSync('anchor.json', 'utf8')) // whom it trusts: procura trust export --out anchor.json

// #endregion

// #region service
import express from 'express'
import { delegated, delegationOf, requireDelegation } from 'procura/express'
import { createVerifier } from 'procura/verifier'

const freshness = { '*': 'sensitive' } as const // how old status may be: 5 minutes
const verifier = createVerifier({ audience, trust: [trust], freshness, pollSeconds: 2 }) // a revocation is seen within 2 s
await verifier.start()

const app = express()
app.use(delegated(verifier)) // before body parsers
app.get('/inbox', requireDelegation('mail.read'), (req, res) => {
  const { agent, owner } = delegationOf(req)
  res.json({ agent, owner })
})
app.post(
  '/outbox',
  requireDelegation('mail.send', { identifier: (req) => `to/${req.body?.to}` }),
  (req, res) => {
    res.status(202).json(req.body)
  },
)
const server = app.listen(port, '127.0.0.1')
// #endregion

const agent = await createAgent({ key, chain })
const inbox = await (await agent.fetch(`${origin}/inbox`)).json()
const headers = { 'content-type': 'application/json' }
const sent = await agent.fetch(`${origin}/outbox`, { method: 'POST', body: '{"to":"ada"}', headers })
// the same machine by another name: signed for something else than the service is called
const other = await agent.fetch(`${origin.replace('127.0.0.1', 'localhost')}/inbox`)
const { code, detail } = await other.json()
console.log(`GET  /inbox:  for ${inbox.agent}`)
console.log(`POST /outbox: ${sent.status}`)
console.log(`at localhost: ${code}: ${detail}`)
assert.deepEqual([inbox.agent, sent.status, code], [agentId, 202, 'holder_proof_invalid'])
assert.match(detail, /exactly the origin/)

verifier.close()
server.close()
