import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { delegated, delegationOf, requireDelegation } from '../../adapters/express/index.ts'
import type { Fetch } from '../../core/clock.ts'
import { createVerifier, type TrustEntry } from '../../verifier/index.ts'
import { answerCommands } from './child.ts'

/** Seconds between looks at the issuer's head: quick, so that the demo is. The default for this policy is 30. */
const POLL_SECONDS = 0.25

/** Marks what runs between receiving a request and its verdict. */
const verifying = new AsyncLocalStorage<true>()
let issuerCalls = 0
let issuerCallsDuringVerify = 0

const countingFetch: Fetch = (input, init) => {
  issuerCalls += 1
  if (verifying.getStore() === true) issuerCallsDuringVerify += 1
  return fetch(input, init)
}

const server = createServer()

/** A mail service that knows the issuer only by its trust entry. */
async function start({ trust }: { trust: TrustEntry }): Promise<{ origin: string }> {
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const verifier = createVerifier({
    audience: `${origin}/`,
    trust: [trust],
    freshness: { '*': 'sensitive' },
    pollSeconds: POLL_SECONDS,
    fetch: countingFetch,
  })
  await verifier.start()
  const app = express()
  app.use((_req, _res, next) => verifying.run(true, next))
  app.use(delegated(verifier))
  app.get('/inbox', requireDelegation('mail.read'), (req, res) => void res.json(whoOf(req)))
  app.post('/outbox', requireDelegation('mail.send'), (req, res) => void res.json(whoOf(req)))
  server.on('request', app)
  return { origin }
}

function whoOf(req: express.Request): object {
  const { agent, owner, kind } = delegationOf(req)
  return { agent, owner, kind }
}

server.listen(0, '127.0.0.1')
await once(server, 'listening')
answerCommands({
  address: () => ({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
  start,
  counts: () => ({ issuerCalls, issuerCallsDuringVerify }),
})
process.on('SIGTERM', () => process.exit(0))
