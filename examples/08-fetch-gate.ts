// Fetch gate: a handler of Request and Response, as on Workers, Deno, Bun, Hono and Next, behind the verifier.
import assert from 'node:assert/strict'
import { createAgent } from 'procura/agent'
import { requireDelegation } from 'procura/fetch'
import { createVerifier } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'

const audience = 'https://pay.example/'
await using issuer = await startIssuer()
const amount = { kind: 'range', on: 'amount', max: '50.00', currency: 'EUR', currencyOn: 'currency' }
const { key, chain } = await issuer.delegate(audience, ['payment.initiate'], [amount])

const freshness = { '*': 'critical' } as const
const verifier = createVerifier({ audience, trust: [issuer.trust], freshness })
await verifier.start()

// #region gate
const ask = (_request: Request, body: Uint8Array) => {
  // what is no JSON throws here, and never reaches the handler
  return { action: 'payment.initiate', arguments: JSON.parse(new TextDecoder().decode(body)) }
}
const handler = requireDelegation({ verifier, ask }, async (request, delegation) => {
  return Response.json({ paid: await request.json(), by: delegation.agent })
})
// #endregion

// no server here: what the agent sends goes straight to the handler
const agent = await createAgent({ key, chain, fetch: (input, init) => handler(new Request(input, init)) })
const [small, large] = await Promise.all([pay('49.90'), pay('50.01')])
const other = await pay('49.90', 'https://elsewhere.example/payments')
console.log(`49.90 EUR: paid by ${small.by}`)
console.log(`50.01 EUR: ${large.code}, ${large.dimension}`)
console.log(`signed for somewhere else: ${other.code}`)
assert.equal(small.paid.amount, '49.90')
assert.deepEqual([large.code, large.dimension], ['constraint_violated', 'range'])
assert.equal(other.code, 'holder_proof_invalid')

verifier.close()

async function pay(amount: string, url = `${audience}payments`) {
  const body = JSON.stringify({ amount, currency: 'EUR' })
  const headers = { 'content-type': 'application/json' }
  return (await agent.fetch(url, { method: 'POST', body, headers })).json()
}
