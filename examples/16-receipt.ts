// Receipt: the service keeps evidence of what it decided, which anybody can verify offline years later.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import express from 'express'
import { createAgent, createLocalSigner, generateKey } from 'procura/agent'
import { delegated, delegationOf, requireDelegation } from 'procura/express'
import { createVerifier, verifyReceipt } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'
import { originOf } from './support/loopback.ts'

const server = createServer()
const origin = await originOf(server)

await using issuer = await startIssuer()
const { key, chain } = await issuer.delegate(`${origin}/`, ['payment.initiate'])

const audience = `${origin}/`
const freshness = { '*': 'critical' } as const
const verifier = createVerifier({ audience, trust: [issuer.trust], freshness })
await verifier.start()

const receipts: string[] = []
const receiptKey = await createLocalSigner(await generateKey('Ed25519')) // kept, and used for nothing else
const app = express()
app.use(delegated(verifier))
// #region receipt
app.post('/payments', requireDelegation('payment.initiate'), async (req, res) => {
  receipts.push(await delegationOf(req).receipt(receiptKey))
  res.sendStatus(204)
})
// #endregion
server.on('request', app)

const agent = await createAgent({ key, chain })
const body = JSON.stringify({ amount: '49.90', currency: 'EUR' })
const headers = { 'content-type': 'application/json' }
await agent.fetch(`${origin}/payments`, { method: 'POST', body, headers })
verifier.close()
server.close()
await issuer.stop()

// whoever gets hold of it: an auditor, with nothing but the DID of the service
// #region verify
const [receipt = ''] = receipts
const [did = ''] = receiptKey.keyId.split('#')
const said = await verifyReceipt(receipt, { did })
// #endregion
assert(said.verified && said.accepted)
console.log(
  `${said.presenter} asked for ${said.ask.action}: ${said.method} ${audience.slice(0, -1)}${said.target}`,
)
console.log(`proven: ${said.proven.join(', ')}; by the word of the service: ${said.stated.join(', ')}`)
const claims = Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString()
console.log(`${Math.round(receipt.length / 1024)} KiB; the amount is in it: ${claims.includes('49.90')}`)
assert.equal(said.presenter, agent.did)
assert(claims.includes('payment.initiate') && !claims.includes('49.90')) // of the arguments, a digest

// one letter of it changed, or the receipt of somebody else
const changed = await verifyReceipt(
  receipt.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
  { did },
)
const other = await verifyReceipt(receipt, { did: issuer.trust.authority })
assert(!changed.verified && !other.verified)
console.log(`changed: ${changed.refusal.code}; of another service: ${other.refusal.code}`)
