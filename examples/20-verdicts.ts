// Verdicts: a service sees each decision, with its reason, keeps receipts of refusals, and verifies by hand.
import assert from 'node:assert/strict'
import { createAgent, generateKey } from 'procura/agent'
import { startIssuer } from './support/issuer.ts'
import { freePort } from './support/loopback.ts'
import { operate } from './support/operator.ts'

const origin = `http://127.0.0.1:${await freePort()}`
const byHandPort = await freePort()
await using issuer = await startIssuer()
const once = { kind: 'count', id: 'once', max: 1, per: 'P1D' }
const { key, chain } = await issuer.delegate(`${origin}/`, ['mail.read'], [once])
await using _ = await operate(`${origin}/`, {
  'anchor.json': issuer.trust,
  'receipt-key.json': await generateKey('Ed25519'),
})

import { readFileSync } from 'node:fs'

const audience = process.env.AUDIENCE ?? ''
const port = Number(new URL(audience).port)
const trust = JSON.parse(readFileSync('anchor.json', 'utf8'))

// #region verdicts
import express from 'express'
import { createLocalSigner, parsePrivateJwk } from 'procura/agent'
import { delegated, requireDelegation } from 'procura/express'
import { createVerifier, type PresentationVerdict } from 'procura/verifier'

const receiptKey = await createLocalSigner(
  parsePrivateJwk(JSON.parse(readFileSync('receipt-key.json', 'utf8'))),
)
const receipts: string[] = []
const counts = new Map<string, number>()

async function onVerdict(verdict: PresentationVerdict, req: express.Request): Promise<void> {
  if (verdict.verified) return void console.log(`${req.method} ${req.path} ${verdict.agent}`)
  const { code, authenticated } = verdict.refusal
  counts.set(code, (counts.get(code) ?? 0) + 1)
  const { text } = await verdict.explain() // a line for each rule; it names nobody
  console.log(`${req.method} ${req.path} ${text()}`)
  if (authenticated) receipts.push(await verdict.receipt(receiptKey))
}

const verifier = createVerifier({ audience, trust: [trust], freshness: { '*': 'sensitive' } })
await verifier.start()
const app = express()
app.use(delegated(verifier, { onVerdict }))
app.get('/inbox', requireDelegation('mail.read'), (_req, res) => void res.json([]))
const server = app.listen(port, '127.0.0.1')

// #endregion

// #region by-hand
import { createServer } from 'node:http'

const byHand = createServer(async (req, res) => {
  const request = {
    method: req.method ?? 'GET',
    target: req.url ?? '/', // as it came over the wire, with the query
    header: (name: string) => req.headersDistinct[name]?.join(', '),
    // body: the bytes of a body as they were received; without it, a request that has one is refused
  }
  const verdict = await verifier.verify(request, { action: 'mail.read' })
  if (!verdict.verified) return void res.writeHead(403).end(verdict.refusal.code)
  res.end(`read by ${verdict.agent}`)
})
// #endregion

const agent = await createAgent({ key, chain })
await agent.fetch(`${origin}/inbox`)
await agent.fetch(`${origin}/inbox`) // once is all that is granted
await fetch(`${origin}/inbox`)
byHand.listen(byHandPort, '127.0.0.1')
const anonymous = await fetch(`http://127.0.0.1:${byHandPort}/inbox`)
console.log(`by hand, without a chain: ${await anonymous.text()}`)
console.log(`receipts of refusals: ${receipts.length}`)
assert.deepEqual(Object.fromEntries(counts), { usage_exhausted: 1, chain_required: 1 })
assert.deepEqual([anonymous.status, receipts.length], [403, 1])

verifier.close()
server.close()
byHand.close()
