// Run: an identity for one task, which ends with the block that did the task, for thieves as well.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import express from 'express'
import { type Agent, createAgent, generateKey, memoryStorage } from 'procura/agent'
import { delegated, delegationOf, requireDelegation } from 'procura/express'
import { createVerifier } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'
import { originOf } from './support/loopback.ts'

const server = createServer()
const origin = await originOf(server)

await using issuer = await startIssuer()
const { key, chain } = await issuer.delegate(`${origin}/`, ['mail.read'])
const agent = await createAgent({ key, chain, issuer: issuer.origin, storage: memoryStorage() })

const verifier = createVerifier({
  audience: `${origin}/`,
  trust: [issuer.trust],
  freshness: { '*': 'sensitive' },
  pollSeconds: 0.2,
})
await verifier.start()
const app = express()
app.use(delegated(verifier))
app.get('/inbox', requireDelegation('mail.read'), (req, res) => {
  const { kind, run, lineage } = delegationOf(req)
  res.json({ code: 'allowed', kind, run, lineage })
})
server.on('request', app)

const grant = { type: 'api', locations: [`${origin}/`], actions: ['mail.read'] }
// a run makes its own key, which cannot leave the process; this one is given to it so that it can leak
const leakedKey = await generateKey('Ed25519')
let thief: Agent
{
  // #region run
  const task = { task: 'triage #4711', grant, lifetime: '15m', key: leakedKey } as const
  await using run = await agent.run(task)
  const response = await run.fetch(`${origin}/inbox`)
  // #endregion
  const seen = await response.json()
  console.log(`the service saw a ${seen.kind}, ${seen.run}, of the task "${seen.lineage.rootTask}"`)
  assert.deepEqual([seen.run, seen.lineage.rootTask], [run.id, 'triage #4711'])

  thief = await createAgent({ key: leakedKey, chain: run.chain })
  assert.equal(await read(thief), 'allowed')
}

// the block is over, so the run is completed: its credential is revoked, though it has 15 minutes left
for (let tries = 0; tries < 500 && (await read(thief)) === 'allowed'; tries++) await pause(10)
console.log(`after the block, whoever stole key and credential reads: ${await read(thief)}`)
assert.equal(await read(thief), 'revoked at link 2')
assert.equal(await read(agent), 'allowed')

verifier.close()
server.close()

async function read({ fetch }: Agent): Promise<string> {
  const { code, link } = await (await fetch(`${origin}/inbox`)).json()
  return link === undefined ? code : `${code} at link ${link}`
}
