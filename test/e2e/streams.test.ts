import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { initialize } from '../../src/server/initialize.ts'
import { startService } from '../../src/server/start-service.ts'
import { CREDENTIAL_CHANGE, SESSION_REVOKED } from '../../src/server/streams/event-types.ts'
import { openSet, startEventReceiver } from '../helpers/event-receiver.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  adminCaller,
  type Caller,
  freePort,
  newCaller,
  send,
  startTestService,
} from '../helpers/issuer-service.ts'
import { startProvider } from '../helpers/openid-provider.ts'

const PUSH = 'urn:ietf:rfc:8935'
const POLL = 'urn:ietf:rfc:8936'
const AUDIENCE = 'https://mail.example/'
const SECRET = 'Bearer what-the-receiver-chose'

async function pushTo(admin: Caller, endpoint: string, changes: object = {}): Promise<string> {
  const delivery = { method: PUSH, endpoint_url: endpoint, authorization_header: SECRET }
  const body = { aud: AUDIENCE, delivery, ...changes }
  const answer = await admin.post('/v1/signals/stream', body)
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.json.stream_id
}

const WHY = { reason: 'Ada Lovelace has left' }

const WAIT = { timeout: 20_000, interval: 50 }

describe('a stream that is pushed', () => {
  it('brings what ended, in tokens that any receiver can verify, with what it wants to be sent along [L8]', async () => {
    const receiver = await startEventReceiver()
    const service = await startTestService({ deliveryHosts: [receiver.host] })
    onTestFinished(async () => {
      await service.close()
      await receiver.stop()
    })
    const { admin, url } = service
    const owner = await addOwner(admin)
    const { agent, caller } = await addAgent(url, admin, owner.id)
    const delegation = await addDelegation(admin, agent.id)
    await pushTo(admin, receiver.url)

    await admin.post(`/v1/delegations/${delegation.id}/revoke`, WHY)
    const offboarded = await admin.post(`/v1/owners/${owner.id}/offboard`, WHY)

    await vi.waitFor(() => expect(receiver.received).toHaveLength(3), WAIT)
    expect(receiver.received[0]).toMatchObject({
      contentType: 'application/secevent+jwt',
      accept: 'application/json',
      authorization: SECRET,
    })
    const [ended, revoked, left] = await Promise.all(
      receiver.received.map(({ token }) => openSet(token, url, AUDIENCE)),
    )
    const subject = {
      format: 'complex',
      user: { format: 'did', url: owner.did },
      application: { format: 'did', url: caller.did },
      session: { format: 'uri', uri: delegation.id },
    }
    expect(ended).toMatchObject({
      sub_id: subject,
      events: { [SESSION_REVOKED]: { initiating_entity: 'admin' } },
    })
    expect(revoked).toMatchObject({
      sub_id: subject,
      txn: ended?.txn,
      events: { [CREDENTIAL_CHANGE]: { change_type: 'revoke', credential_type: 'verifiable-credential' } },
    })
    expect(left).toMatchObject({
      sub_id: { format: 'did', url: owner.did },
      txn: offboarded.headers.get('x-request-id'),
      events: { [SESSION_REVOKED]: { reason_admin: { en: 'owner offboarded' } } },
    })
    expect(left).not.toHaveProperty('sub')
    expect(left).not.toHaveProperty('exp')
    expect(JSON.stringify([ended, revoked, left])).not.toContain('Lovelace')
  }, 60_000)

  it('brings everything, in order for each owner, after the receiver was away for an hour and the sender was started anew [PS-03]', async () => {
    let now = Date.UTC(2026, 10, 23, 8)
    const dataDir = await mkdtemp(join(tmpdir(), 'procura-streams-'))
    const origin = `http://127.0.0.1:${await freePort()}`
    const initialized = await initialize({ dataDir, tenant: 'acme', origin })
    const receiver = await startEventReceiver()
    const start = () =>
      startService({ dataDir, logLevel: 'silent', clock: () => now, deliveryHosts: [receiver.host] })
    let service = await start()
    onTestFinished(async () => {
      await service.close()
      await receiver.stop()
      await rm(dataDir, { recursive: true, force: true })
    })
    const admin = await adminCaller(origin, initialized)
    const call = (path: string, body: object = WHY) => admin.post(path, body, { now })
    const owners = []
    for (const name of ['Sales', 'Support']) {
      const body = { name, accountable: 'Ada', entitlements: [GRANT] }
      owners.push((await call('/v1/owners', body)).json)
    }
    const delivery = { method: PUSH, endpoint_url: receiver.url }
    await call('/v1/signals/stream', { delivery, events_requested: [SESSION_REVOKED], aud: AUDIENCE })

    await receiver.stop()
    for (const { id } of owners) {
      await call(`/v1/owners/${id}/suspend`)
      await call(`/v1/owners/${id}/resume`, {})
      await call(`/v1/owners/${id}/offboard`)
    }
    now += 1_800_000
    await service.close()
    service = await start()
    now += 1_800_000
    await receiver.start()

    await vi.waitFor(
      () => expect(new Set(receiver.received.map(({ token }) => decodeJwt(token).jti)).size).toBe(4),
      {
        timeout: 30_000,
        interval: 50,
      },
    )
    for (const { did } of owners) {
      const told = receiver.received
        .map(({ token }) => decodeJwt<Told>(token))
        .filter(({ sub_id: subject }) => subject.url === did)
        .map(({ events }) => events[SESSION_REVOKED]?.reason_admin.en)
      expect([...new Set(told)]).toEqual(['owner suspended', 'owner offboarded'])
    }
    const [{ token = '' } = {}] = receiver.received
    expect(decodeJwt(token).iat).toBe(Date.UTC(2026, 10, 23, 8) / 1000)
  }, 90_000)

  it('brings nothing any more to whoever has lost the role, and goes on for others [TX-04]', async () => {
    const [lost, kept] = [await startEventReceiver(), await startEventReceiver()]
    const service = await startTestService({ deliveryHosts: [lost.host, kept.host] })
    onTestFinished(async () => {
      await service.close()
      await Promise.all([lost.stop(), kept.stop()])
    })
    const { admin, url } = service
    const auditor = await newCaller(url)
    await admin.post('/v1/principals', { did: auditor.did, role: 'auditor' })
    const only = { events_requested: [SESSION_REVOKED] }
    const delivery = { method: PUSH, endpoint_url: lost.url }
    expect((await auditor.post('/v1/signals/stream', { delivery, ...only })).status).toBe(201)
    await pushTo(admin, kept.url, only)
    const [first, second] = [await addOwner(admin), await addOwner(admin)]
    await admin.post(`/v1/owners/${first.id}/offboard`, WHY)
    await vi.waitFor(() => expect(lost.received).toHaveLength(1), WAIT)

    await admin.delete(`/v1/principals/${auditor.did}`)
    await admin.post(`/v1/owners/${second.id}/offboard`, WHY)

    await vi.waitFor(() => expect(kept.received).toHaveLength(2), WAIT)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(lost.received).toHaveLength(1)
  }, 60_000)

  it('is told that it is paused before it stops', async () => {
    const receiver = await startEventReceiver()
    const service = await startTestService({ deliveryHosts: [receiver.host] })
    onTestFinished(async () => {
      await service.close()
      await receiver.stop()
    })
    const { admin, url } = service
    const owner = await addOwner(admin)
    const id = await pushTo(admin, receiver.url)

    await admin.post(`/v1/signals/streams/${id}/pause`, { reason: 'odd traffic' })

    expect(receiver.received).toHaveLength(1)
    const told = await openSet(receiver.received[0]?.token ?? '', url, AUDIENCE)
    expect(Object.values(told.events ?? {})).toEqual([{ status: 'paused', reason: 'odd traffic' }])
    await admin.post(`/v1/owners/${owner.id}/offboard`, WHY)
    await admin.post(`/v1/signals/streams/${id}/resume`, {})
    await vi.waitFor(() => expect(receiver.received).toHaveLength(3), WAIT)
  }, 60_000)
})

interface Told {
  readonly sub_id: { readonly url?: string }
  readonly events: Readonly<Record<string, { readonly reason_admin: { readonly en: string } }>>
}

const GRANT = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }

describe('a stream that is polled', () => {
  it('is made, read and acknowledged with the access token of an OpenID provider', async () => {
    const provider = await startProvider()
    const service = await startTestService({ oidcIssuers: [provider.issuer] })
    onTestFinished(async () => {
      await service.close()
      await provider.close()
    })
    const { admin, url } = service
    await admin.post('/v1/principals', {
      oidc: { issuer: provider.issuer, subject: 'robot' },
      role: 'auditor',
    })
    const headers = {
      authorization: `Bearer ${await provider.token(url)}`,
      'content-type': 'application/json',
    }
    const post = (at: string, body: object) =>
      send(at, { method: 'POST', headers, body: JSON.stringify(body) })
    const configuration = (await send(`${url}/.well-known/ssf-configuration`)).json
    expect(configuration.authorization_schemes).toContainEqual({ spec_urn: 'urn:ietf:rfc:6749' })

    const body = { delivery: { method: POLL }, events_requested: [SESSION_REVOKED] }
    const stream = (await post(configuration.configuration_endpoint, body)).json
    const owner = await addOwner(admin)
    await admin.post(`/v1/owners/${owner.id}/suspend`, WHY)

    const { sets } = (await post(stream.delivery.endpoint_url, {})).json
    const [[jti, token] = ['', '']] = Object.entries<string>(sets)
    const claims = await openSet(token, stream.iss, stream.aud)
    expect(claims).toMatchObject({ jti, sub_id: { format: 'did', url: owner.did } })
    expect(stream.aud).toMatch(/^oidc:/)
    const next = await post(stream.delivery.endpoint_url, { ack: [jti], returnImmediately: true })
    expect(next.json).toEqual({ sets: {} })
  }, 60_000)
})

it('an issuer takes what another one sends: the verification, and events that it does not act upon', async () => {
  const port = await freePort()
  const sender = await startTestService({ deliveryHosts: [`127.0.0.1:${port}`] })
  const dataDir = await mkdtemp(join(tmpdir(), 'procura-receiver-'))
  const origin = `http://127.0.0.1:${port}`
  const initialized = await initialize({ dataDir, tenant: 'globex', origin })
  const receiver = await startService({ dataDir, logLevel: 'silent', signalIssuers: [sender.url] })
  onTestFinished(async () => {
    await sender.close()
    await receiver.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  const globex = await adminCaller(origin, initialized)
  const known = { issuer: sender.url, audience: AUDIENCE, authorization: SECRET }
  const { endpoint } = (await globex.post('/v1/signals/transmitters', known)).json
  const state = async () => (await globex.get('/v1/signals/transmitters')).json.items[0]
  const stream_id = await pushTo(sender.admin, endpoint)

  await sender.admin.post('/v1/signals/verify', { stream_id, state: 'hello' })
  await vi.waitFor(async () => expect((await state()).verifiedAt).toBeDefined(), WAIT)
  const { receivedAt } = await state()
  const owner = await addOwner(sender.admin)
  await sender.admin.post(`/v1/owners/${owner.id}/offboard`, WHY)

  await vi.waitFor(async () => expect((await state()).receivedAt).not.toBe(receivedAt), WAIT)
  expect(await state()).not.toHaveProperty('refused')
  const fares = (await sender.admin.get('/v1/signals/streams')).json.items
  expect(fares).toMatchObject([{ status: 'enabled', failures: 0 }])
}, 60_000)
