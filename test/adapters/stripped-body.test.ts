import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { delegated, requireDelegation as requireOnExpress } from '../../src/adapters/express/index.ts'
import { requireDelegation } from '../../src/adapters/fetch/index.ts'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { World } from '../helpers/world.ts'

/*
 * `bodyCheckedUpstream` is for a gateway that is not given bodies. An adapter is given them: it says that there was none.
 */

const FIELDS = ['agent-delegation', 'signature', 'signature-input', 'content-digest', 'content-type']
const server = createServer((req, res) => void handle(req, res))
let handle: express.Express
let origin: string
let world: World
let verifier: Verifier

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  world = await World.create()
  verifier = createVerifier({
    audience: `${origin}/`,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
    bodyCheckedUpstream: true,
  })
  await verifier.sync()
  handle = express()
  handle.use(delegated(verifier))
  handle.post('/outbox', requireOnExpress('mail.send'), (_, res) => void res.json({}))
})

afterEach(() => {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
})

async function request(body: Uint8Array | undefined): Promise<Request> {
  const location = { origin, path: '/' }
  const grant = { type: 'api', supported: true, locations: [location], actions: ['mail.send'] }
  const grants = [{ ...grant, constraints: [], inheritable: true }]
  const owner = world.ownerCredential()
  const chain = [
    await world.sign(
      { ...owner, subject: { ...owner.subject, authorizationDetails: grants } },
      world.authority.signer,
    ),
    await world.sign(world.agentCredential({ authorizationDetails: grants }), world.owner.signer),
  ]
  const signed = new TextEncoder().encode('{"to":"ada"}')
  const options = { method: 'POST', target: '/outbox', body: signed, origin }
  return asRequest(await world.present(chain, options), body ?? signed)
}

function asRequest({ method, target, header }: PresentedRequest, body: Uint8Array): Request {
  const headers = FIELDS.flatMap((name) => [[name, header(name) ?? ''] as [string, string]])
  return new Request(origin + target, { method, headers, body: new Uint8Array(body) })
}

describe('a body that was taken away on the way to an adapter', () => {
  it.each<[string, (request: Request) => Promise<Response>]>([
    ['Express', (sent) => fetch(sent)],
    [
      'a fetch gate',
      (sent) => requireDelegation({ verifier, ask: { action: 'mail.send' } }, () => new Response())(sent),
    ],
  ])('is refused, whoever checks bodies elsewhere: %s', async (_, send) => {
    expect((await send(await request(undefined))).status).toBe(200)

    const refused = await send(await request(new Uint8Array()))
    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({ code: 'holder_proof_invalid', dimension: 'content-digest' })
  })
})
