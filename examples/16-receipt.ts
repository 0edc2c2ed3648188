// Receipt: the service keeps evidence of what it decided, which anybody can verify offline years later.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createAgent, generateKey } from 'procura/agent'
import { startIssuer } from './support/issuer.ts'
import { freePort } from './support/loopback.ts'
import { operate } from './support/operator.ts'

const port = await freePort()
const origin = `http://127.0.0.1:${port}`

await using issuer = await startIssuer()
const { key, chain } = await issuer.delegate(`${origin}/`, ['payment.initiate'])

const audience = `${origin}/`
const { trust } = issuer
// `procura agent keygen receipt-key.json`, and used for nothing else
await using _ = await operate(audience, { 'receipt-key.json': await generateKey('Ed25519') })

// #region receipt
import express from 'express'
import { createLocalSigner, parsePrivateJwk } from 'procura/agent'
import { delegated, delegationOf, requireDelegation } from 'procura/express'
import { createVerifier } from 'procura/verifier'

const receiptKey = await createLocalSigner(
  parsePrivateJwk(JSON.parse(readFileSync('receipt-key.json', 'utf8'))),
)
const receipts: string[] = []

const verifier = createVerifier({ audience, trust: [trust], freshness: { '*': 'critical' } })
await verifier.start()
const app = express()
app.use(delegated(verifier))
app.post('/payments', requireDelegation('payment.initiate'), async (req, res) => {
  receipts.push(await delegationOf(req).receipt(receiptKey))
  res.sendStatus(204)
})
const server = app.listen(port, '127.0.0.1')
// #endregion

const agent = await createAgent({ key, chain })
const body = JSON.stringify({ amount: '49.90', currency: 'EUR' })
const headers = { 'content-type': 'application/json' }
await agent.fetch(`${origin}/payments`, { method: 'POST', body, headers })
verifier.close()
server.close()
await issuer.stop()

// whoever gets hold of it: an auditor, with nothing but the DID of the service
// #region verify
import { verifyReceipt } from 'procura/verifier'

const [receipt = ''] = receipts
const [did = ''] = receiptKey.keyId.split('#') // the DID of the service, which it makes known
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
