// One grant, several securing mechanisms: SD-JWTs from the issuer, a Data Integrity proof by the agent, one verifier.
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
const { key, delegation } = await issuer.delegate(`${origin}/`, ['mail.read', 'mail.send'])
// the same grant in another form: the same id, the same place in the status lists
const { chain } = await issuer.chainOf(delegation, 'vc+sd-jwt')
const agent = await createAgent({ key, chain, storage: memoryStorage() })

const verifier = createVerifier({
  audience: `${origin}/`,
  trust: [issuer.trust],
  freshness: { '*': 'sensitive' },
})
await verifier.start()
const app = express()
app.use(delegated(verifier))
app.get('/inbox', requireDelegation('mail.read'), (req, res) => void res.json(delegationOf(req).chain))
server.on('request', app)

const helperKey = await generateKey('Ed25519')
const to = (await createLocalSigner(helperKey)).keyId.split('#')[0] as Did
const grant = { type: 'api', locations: [`${origin}/`], actions: ['mail.read'] }
// #region delegate
const child = await agent.delegate({ to, grant, lifetime: '10m', mechanism: 'eddsa-jcs-2022' })
const helper = await createAgent({ key: helperKey, chain: child.chain })
// #endregion

const [root = '', first = '', last = ''] = helper.chain
console.log(`link 0 is an SD-JWT: ${root.includes('~')}, so is link 1: ${first.includes('~')}`)
console.log(`link 2 is a document with a proof by ${JSON.parse(last).proof.cryptosuite}`)
const links: { id: string }[] = await (await helper.fetch(`${origin}/inbox`)).json()
console.log(`the service accepted a chain of ${links.length}`)
assert.deepEqual([links[1]?.id, links[2]?.id], [delegation, child.id])

verifier.close()
server.close()
