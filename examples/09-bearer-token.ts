// Bearer token: what MCP and other transports carry instead of a signed request, bound to one call or good for a minute.
import assert from 'node:assert/strict'
import { createAgent } from 'procura/agent'
import { createVerifier } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'

const audience = 'https://mail.example/'
await using issuer = await startIssuer()
const { key, chain } = await issuer.delegate(audience, ['mail.read', 'mail.send'])

// whoever sees a bearer token can use it until it ends: so actions have to be named, and mail.send is not
const freshness = { '*': 'sensitive' } as const
const verifier = createVerifier({ audience, trust: [issuer.trust], freshness, bearer: ['mail.read'] })
await verifier.start()
const agent = await createAgent({ key, chain })

// #region bearer
const token = await agent.token({ audience, lifetime: '60s' })
const read = await verifier.verifyToken(token, { action: 'mail.read' })
// #endregion
const sent = await verifier.verifyToken(token, { action: 'mail.send' })
console.log(`bearer, mail.read: ${outcome(read)}`)
console.log(`bearer, mail.send: ${outcome(sent)}`)
assert.deepEqual([outcome(read), outcome(sent)], ['allowed', 'holder_proof_invalid (bearer)'])

// #region bound
const call = { method: 'tools/call', params: { name: 'send', arguments: { to: 'ada@example.com' } } }
const bound = await agent.token({ audience, request: call }) // goes into params._meta
const once = await verifier.verifyToken(bound, { action: 'mail.send' }, { request: call })
// #endregion
const again = await verifier.verifyToken(bound, { action: 'mail.send' }, { request: call })
const changed = { ...call, params: { name: 'send', arguments: { to: 'eve@example.com' } } }
const other = await agent.token({ audience, request: call })
const swapped = await verifier.verifyToken(other, { action: 'mail.send' }, { request: changed })
console.log(`bound to a call: ${outcome(once)}`)
console.log(`the same once more: ${outcome(again)}`)
console.log(`with other arguments: ${outcome(swapped)}`)
assert.deepEqual([outcome(once), outcome(again)], ['allowed', 'replayed'])
assert.equal(outcome(swapped), 'holder_proof_invalid (requestDigest)')

verifier.close()

function outcome(verdict: typeof read): string {
  if (verdict.verified) return 'allowed'
  const { code, dimension } = verdict.refusal
  return dimension === undefined ? code : `${code} (${dimension})`
}
