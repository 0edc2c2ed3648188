// Delegate offline: an agent hands a part of its authority to a sub-agent while the issuer is down.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import express from 'express'
import { createAgent, createLocalSigner, type Did, generateKey, memoryStorage } from 'procura/agent'
import { delegated, requireDelegation } from 'procura/express'
import { createVerifier } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'
import { originOf } from './support/loopback.ts'

const server = createServer()
const origin = await originOf(server)

await using issuer = await startIssuer()
const { key, chain } = await issuer.delegate(`${origin}/`, ['mail.read', 'mail.send'])
// it remembers which status indexes it gave away; fileStorage(directory) outlives the process
const agent = await createAgent({ key, chain, storage: memoryStorage() })

const verifier = createVerifier({
  audience: `${origin}/`,
  trust: [issuer.trust],
  freshness: { '*': 'sensitive' },
  pollSeconds: 0.2,
})
await verifier.start()
const app = express()
app.use(delegated(verifier))
app.get('/inbox', requireDelegation('mail.read'), (_req, res) => void res.json({ code: 'allowed' }))
app.post('/outbox', requireDelegation('mail.send'), (_req, res) => void res.json({ code: 'allowed' }))
server.on('request', app)

await issuer.stop()
const helperKey = await generateKey('Ed25519')
const to = (await createLocalSigner(helperKey)).keyId.split('#')[0] as Did
const details = { type: 'api', locations: [`${origin}/`] }
// #region delegate
const grant = { ...details, actions: ['mail.read'] }
const child = await agent.delegate({ to, grant, lifetime: '10m' })
const helper = await createAgent({ key: helperKey, chain: child.chain })
// #endregion
console.log(`the issuer is stopped; the sub-agent reads: ${await call('GET', '/inbox')}`)
console.log(`it sends, which it was not given: ${await call('POST', '/outbox')}`)
assert.deepEqual([await call('GET', '/inbox'), await call('POST', '/outbox')], ['allowed', 'not_authorized'])

// nobody delegates more than they hold
const wider = agent.delegate({ to, grant: { ...details, actions: ['mail.delete'] }, lifetime: '10m' })
await assert.rejects(wider, { code: 'ERR_PROCURA_WIDER_THAN_PARENT' })

// the issuer never saw the sub-agent, and revokes it alone, by the index that it was leased
await issuer.start()
const { revocation, index } = child.status ?? assert.fail('a delegation can be revoked')
const leased = { statusListCredential: revocation, statusListIndex: String(index) }
await issuer.post('/v1/leases/revoke', { ...leased, reason: 'no longer needed' })
for (let tries = 0; tries < 500 && (await call('GET', '/inbox')) === 'allowed'; tries++) await pause(10)
console.log(`its leased index is revoked; the sub-agent reads: ${await call('GET', '/inbox')}`)
assert.equal(await call('GET', '/inbox'), 'revoked')
assert.equal((await agent.fetch(`${origin}/inbox`)).status, 200)

verifier.close()
server.close()

async function call(method: string, path: string): Promise<string> {
  return (await (await helper.fetch(origin + path, { method })).json()).code
}
