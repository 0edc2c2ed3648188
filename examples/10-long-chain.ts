// Long chain: sub-agents of sub-agents. What no header holds is sent to the service in advance, without a line of code.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import express from 'express'
import { createAgent, createLocalSigner, type Did, generateKey, memoryStorage } from 'procura/agent'
import { delegated, delegationOf, requireDelegation } from 'procura/express'
import { createVerifier } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'
import { originOf } from './support/loopback.ts'

const server = createServer()
const origin = await originOf(server)
await using issuer = await startIssuer()
const folders = { kind: 'one_of', on: 'folder', values: Array.from({ length: 64 }, (_, i) => `inbox/${i}`) }
const { key, chain } = await issuer.delegate(`${origin}/`, ['mail.read'], [folders])

// #region service
const freshness = { '*': 'sensitive' } as const
const verifier = createVerifier({ audience: `${origin}/`, trust: [issuer.trust], freshness })
await verifier.start()
const app = express()
app.use(delegated(verifier)) // also answers POST /.well-known/agent-delegation
app.post('/read', requireDelegation('mail.read'), (req, res) => {
  res.json({ links: delegationOf(req).chain.length })
})
// #endregion
const paths: string[] = []
server.on('request', (req) => paths.push(`${req.method} ${req.url}`)).on('request', app)

// each sub-agent hands on what it was given, to one more
let agent = await createAgent({ key, chain, storage: memoryStorage() })
for (const [maxDepth, lifetime] of [
  [1, '20m'],
  [0, '10m'],
] as const) {
  const helperKey = await generateKey('Ed25519')
  const to = (await createLocalSigner(helperKey)).keyId.split('#')[0] as Did
  const grant = { type: 'api', locations: [`${origin}/`], actions: ['mail.read'], constraints: [folders] }
  const child = await agent.delegate({ to, grant, lifetime, maxDepth })
  agent = await createAgent({ key: helperKey, chain: child.chain, storage: memoryStorage() })
}

const headers = { 'content-type': 'application/json' }
for (const folder of ['inbox/7', 'inbox/8']) {
  const body = JSON.stringify({ folder })
  const response = await agent.fetch(`${origin}/read`, { method: 'POST', body, headers })
  assert.equal((await response.json()).links, 4)
}
console.log(`a chain of 4 links has ${agent.chain.join('').length} characters`)
console.log(paths.join('\n'))
assert.deepEqual(paths, ['POST /.well-known/agent-delegation', 'POST /read', 'POST /read'])

verifier.close()
server.close()
