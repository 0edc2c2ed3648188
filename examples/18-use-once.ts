// Counted limits: a budget that every process of a service counts in one file, given back when nothing was paid.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import {
  type Agent,
  createAgent,
  createLocalSigner,
  type Did,
  generateKey,
  memoryStorage,
} from 'procura/agent'
import { delegated, delegationOf, requireDelegation } from 'procura/express'
import { openSqliteStores } from 'procura/stores'
import { createVerifier } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'
import { originOf } from './support/loopback.ts'

const server = createServer()
const origin = await originOf(server)
const audience = `${origin}/`
const directory = await mkdtemp(join(tmpdir(), 'procura-example-'))
const file = join(directory, 'delegation.db')

await using issuer = await startIssuer()
const trust = [issuer.trust]
const freshness = { '*': 'sensitive' } as const
const euros = { on: 'amount.value', currency: 'EUR', currencyOn: 'amount.currency' }
const budget = { kind: 'budget', id: 'daily', ...euros, max: '100.00', per: 'P1D' }
const { key, chain } = await issuer.delegate(audience, ['payment.initiate'], [budget])
const agent = await createAgent({ key, chain, storage: memoryStorage() })

// #region stores
const { close, ...stores } = await openSqliteStores({ file }) // the same file in every process of the service
const verifier = createVerifier({ audience, trust, freshness, ...stores }) // usage, replay and chains
// #endregion
await verifier.start()

const app = express()
app.use(delegated(verifier))
// #region release
const bankAccepts = async (payee: unknown) => payee !== 'nobody' // as a bank would

app.post('/payments', requireDelegation('payment.initiate'), async (req, res) => {
  const accepted = await bankAccepts(req.body.payee)
  if (!accepted) await delegationOf(req).release() // certainly nothing was paid: the amount is not used
  res.sendStatus(accepted ? 201 : 422)
})
// #endregion
server.on('request', app)

const helperKey = await generateKey('Ed25519')
const to = (await createLocalSigner(helperKey)).keyId.split('#')[0] as Did
const details = { type: 'api', locations: [audience], actions: ['payment.initiate'] }
// #region once
const once = { kind: 'count', id: 'once', max: 1 } // and all within the budget of the agent, which its helpers share
const grant = { ...details, constraints: [once] }
const child = await agent.delegate({ to, grant, lifetime: '15m' })
const helper = await createAgent({ key: helperKey, chain: child.chain })
// #endregion
const [first, second] = [await pay(helper, '10.00', 'Ada'), await pay(helper, '10.00', 'Ada')]
console.log(`a helper for one payment: ${first}, then ${second}`)
assert.deepEqual([first, second], ['201', '429 usage_exhausted (link 2, count)'])

const paid = [
  await pay(agent, '50.00', 'Ada'),
  await pay(agent, '30.00', 'nobody'),
  await pay(agent, '40.00', 'Eve'),
]
const more = await pay(agent, '0.01', 'Ada')
console.log(`50, then 30 that the bank refuses, then 40, of the 90 EUR left: ${paid.join(', ')}`)
console.log(`one cent more: ${more}`)
assert.deepEqual([...paid, more], ['201', '422', '201', '429 usage_exhausted (link 0, budget)'])

verifier.close()
await close()
server.close()
await rm(directory, { recursive: true })

async function pay(by: Agent, value: string, payee: string): Promise<string> {
  const body = JSON.stringify({ payee, amount: { value, currency: 'EUR' } })
  const headers = { 'content-type': 'application/json' }
  const answer = await by.fetch(`${origin}/payments`, { method: 'POST', body, headers })
  if (answer.status !== 429) return String(answer.status)
  const { code, link, dimension } = await answer.json()
  return `429 ${code} (link ${link}, ${dimension})`
}
