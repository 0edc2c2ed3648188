// Issuer down: a service starts without it, says what it waits for, and is ready as soon as the status can be had.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import express from 'express'
import { createAgent } from 'procura/agent'
import { delegated, requireDelegation } from 'procura/express'
import { createVerifier, type VerifierAlarm } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'
import { originOf } from './support/loopback.ts'

const server = createServer()
const origin = await originOf(server)
const audience = `${origin}/`

await using issuer = await startIssuer()
const { key, chain } = await issuer.delegate(audience, ['mail.read'])
const trust = [issuer.trust]
const freshness = { '*': 'sensitive' } as const
const told: VerifierAlarm['kind'][] = []
await issuer.stop()

const pollSeconds = 0.25
// #region alarms
const onAlarm = (alarm: VerifierAlarm) => {
  told.push(alarm.kind)
  console.error(alarm) // a real service pages somebody
}
const verifier = createVerifier({ audience, trust, freshness, pollSeconds, onAlarm })
await verifier.start() // also without the issuer: it is looked for again and again
// #endregion

const app = express()
// #region ready
const OLDEST_MS = 300_000 // what `sensitive` allows
app.get('/readyz', (_req, res) => {
  const isReady = verifier.status().every(({ asOf = 0 }) => Date.now() - asOf < OLDEST_MS)
  res.sendStatus(isReady ? 200 : 503) // status() also says why, for a log or for operators
})
// #endregion
app.use(delegated(verifier))
app.get('/inbox', requireDelegation('mail.read'), (_req, res) => void res.json({ code: 'allowed' }))
server.on('request', app)

const agent = await createAgent({ key, chain })
const waiting = [await readiness(), await read()]
console.log(`without the issuer: ${waiting.join(', ')}`)
assert.deepEqual(waiting, [503, '503 status_unavailable'])
const [state] = verifier.status()
assert.deepEqual(state?.failure, {
  code: 'status_unavailable',
  dimension: 'fetch',
  url: issuer.trust.head,
  cause: 'refused',
})

await issuer.start()
while ((await readiness()) !== 200) await pause(50)
const ready = [await readiness(), await read()]
console.log(`with it:            ${ready.join(', ')}`)
assert.deepEqual(ready, [200, '200 allowed'])
assert.deepEqual(told, ['status_failing', 'status_restored'])

verifier.close()
server.close()

async function readiness(): Promise<number> {
  return (await fetch(`${origin}/readyz`)).status
}

async function read(): Promise<string> {
  const answer = await agent.fetch(`${origin}/inbox`)
  return `${answer.status} ${(await answer.json()).code}`
}
