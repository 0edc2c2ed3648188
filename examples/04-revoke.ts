// Revoke: one delegation ends at once, long before it expires. The agent's other one goes on.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import express from 'express'
import { type Agent, createAgent } from 'procura/agent'
import { delegated, requireDelegation } from 'procura/express'
import { createVerifier } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'
import { originOf } from './support/loopback.ts'

const server = createServer()
const origin = await originOf(server)

await using issuer = await startIssuer()
const { key, chain, agentId, delegation } = await issuer.delegate(`${origin}/`, ['mail.read'])

// the same agent, with a second delegation
const authorizationDetails = [{ type: 'api', locations: [`${origin}/`], actions: ['mail.read'] }]
const second = await issuer.post<{ chain: string[] }>('/v1/delegations', {
  agent: agentId,
  authorizationDetails,
})
const first = await createAgent({ key, chain })
const other = await createAgent({ key, chain: second.chain })

const verifier = createVerifier({
  audience: `${origin}/`,
  trust: [issuer.trust],
  freshness: { '*': 'sensitive' },
  pollSeconds: 0.2, // how often it looks at the signed head; the default for this policy is 30
})
await verifier.start()
const app = express()
app.use(delegated(verifier))
app.get('/inbox', requireDelegation('mail.read'), (_req, res) => void res.json({ code: 'allowed' }))
server.on('request', app)

console.log(`first delegation:  ${await read(first)}`)
console.log(`second delegation: ${await read(other)}`)
assert.deepEqual([await read(first), await read(other)], ['allowed', 'allowed'])

await issuer.post(`/v1/delegations/${delegation}/revoke`, { reason: 'the task is done' })
const revokedAt = performance.now()
let answer = await read(first)
while (answer === 'allowed' && performance.now() - revokedAt < 5_000) {
  await pause(5)
  answer = await read(first)
}
console.log(`revoked; ${Math.round(performance.now() - revokedAt)} ms later`)
console.log(`first delegation:  ${answer}`)
console.log(`second delegation: ${await read(other)}`)
assert.deepEqual([answer, await read(other)], ['revoked at link 1', 'allowed'])

verifier.close()
server.close()

async function read(agent: Agent): Promise<string> {
  const { code, link } = await (await agent.fetch(`${origin}/inbox`)).json()
  return link === undefined ? code : `${code} at link ${link}`
}
