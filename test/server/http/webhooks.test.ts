import { describe, expect, it, onTestFinished } from 'vitest'
import { type VerifyWebhookOptions, verifyWebhook } from '../../../src/webhooks/verify-webhook.ts'
import { type Answer, send, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld } from '../../helpers/issuer-world.ts'
import { eventIn, openReceiver, type ReceivedRequest } from '../../helpers/webhook-receiver.ts'

/** The engine looks once a second, and a busy machine takes its time. */
const PATIENCE = { timeout: 30_000 }

async function start() {
  const receiver = await openReceiver()
  const service = await startTestService({ deliveryHosts: [receiver.host], tenants: ['globex'] })
  onTestFinished(() => service.close())
  const subscribe = async (body: object = {}) =>
    (await service.admin.post('/v1/webhooks', { url: receiver.url, ...body })).json
  const keys = async () => (await send(`${service.url}/webhooks/acme/jwks.json`)).json
  const log = async (id: string, query = '') =>
    (await service.admin.get(`/v1/webhooks/${id}/deliveries${query}`)).json.items
  return { ...service, receiver, subscribe, keys, log }
}

function problem({ status, json }: Answer): string {
  return `${status} ${json.code} ${json.errors?.[0]?.pointer ?? ''}`.trim()
}

/** `verified`, or the refusal with its dimension. */
async function verdict(request: ReceivedRequest, options: VerifyWebhookOptions): Promise<string> {
  const verdict = await verifyWebhook(request, options)
  return verdict.verified ? 'verified' : `${verdict.refusal.code} ${verdict.refusal.dimension}`
}

describe('a webhook', () => {
  it('is told who fell and how much with them, by a request that verifies with the published key, and nothing else [WH-03]', async () => {
    const { admin, url, receiver, subscribe, keys } = await start()
    const webhook = await subscribe()
    const { owner } = await buildWorld(url, admin)
    await admin.post(`/v1/owners/${owner.id}/offboard`, { reason: 'Ada Lovelace left' })
    const request = await receiver.received(({ type }) => type === 'owner.offboarded')

    const verified = await verifyWebhook(request, { url: webhook.url, keys: await keys() })
    expect(verified).toEqual({
      verified: true,
      value: {
        id: expect.stringMatching(/^evt_[\w-]{43}$/),
        type: 'owner.offboarded',
        time: expect.stringMatching(/Z$/),
        tenant: 'acme',
        target: owner.id,
        owner: owner.id,
        agents: 1,
        delegations: 1,
        runs: 1,
      },
    })
    expect(receiver.requests.map(eventIn).map(({ type }) => type)).not.toContain('agent.created')
    expect(request.method).toBe('POST')
  })

  it('is told of what it asks for, and of what ends or halts access when it says nothing', async () => {
    const { subscribe } = await start()

    expect((await subscribe({ types: ['agent.created', 'agent.created'] })).types).toEqual(['agent.created'])
    const { types } = await subscribe()
    expect(types).toEqual(
      expect.arrayContaining(['owner.offboarded', 'agent.suspended', 'delegation.revoked']),
    )
    expect(types).not.toContain('agent.created')
  })

  it('has its key listed before the first event, for receivers that are started next', async () => {
    const { subscribe, keys } = await start()

    expect((await keys()).keys).toEqual([])
    await subscribe()
    expect((await keys()).keys).toMatchObject([{ kty: 'OKP', use: 'sig' }])
  })

  it('shows when it was not taken and when it is tried again, and is sent again what was given up or is asked for', async () => {
    const { admin, receiver, subscribe, log } = await start()
    receiver.status = 500
    const { id } = await subscribe()
    const sent = (await admin.post(`/v1/webhooks/${id}/test`)).json
    await receiver.received(({ id }) => id === sent.id)
    const failing = async () => (await admin.get(`/v1/webhooks/${id}`)).json
    await expect
      .poll(failing, PATIENCE)
      .toMatchObject({ failures: 1, failingSince: expect.any(String), retryAt: expect.any(String) })

    expect(await log(id, '?state=pending')).toMatchObject([
      { event: sent, attempts: 1, httpStatus: 500, nextAttemptAt: expect.any(String) },
    ])
    receiver.status = 200
    expect((await admin.post(`/v1/webhooks/${id}/redeliver`, { event: sent.id })).json).toEqual({ events: 1 })
    await expect
      .poll(() => log(id), PATIENCE)
      .toMatchObject([{ event: sent, state: 'delivered', httpStatus: 200 }])
    expect(await failing()).toMatchObject({ failures: 0 })
    expect(await failing()).not.toHaveProperty('failingSince')
    expect((await admin.post(`/v1/webhooks/${id}/redeliver`)).json).toEqual({ events: 0 })
  })

  it('is told nothing while it is paused, and all of it when it goes on; nothing any more when it is removed', async () => {
    const { admin, receiver, subscribe, log } = await start()
    const { id } = await subscribe()
    await admin.patch(`/v1/webhooks/${id}`, { state: 'paused', description: 'their audit' })
    const sent = (await admin.post(`/v1/webhooks/${id}/test`)).json
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(receiver.requests).toEqual([])
    expect(await log(id)).toMatchObject([{ state: 'pending', attempts: 0 }])

    expect((await admin.patch(`/v1/webhooks/${id}`, { state: 'active' })).json.description).toBe(
      'their audit',
    )
    await receiver.received(({ id }) => id === sent.id)
    expect((await admin.delete(`/v1/webhooks/${id}`)).status).toBe(200)
    expect(problem(await admin.get(`/v1/webhooks/${id}`))).toBe('404 not_found')
    expect((await admin.get('/v1/webhooks')).json.items).toEqual([])
  })

  it('does not follow a redirect [WH-02]', async () => {
    const { admin, receiver, subscribe, log } = await start()
    receiver.status = 307
    receiver.headers = { location: receiver.url.replace('/hook', '/elsewhere') }
    const { id } = await subscribe()
    await admin.post(`/v1/webhooks/${id}/test`)
    await expect.poll(() => log(id), PATIENCE).toMatchObject([{ state: 'pending', httpStatus: 307 }])

    expect(receiver.requests.map(({ url }) => url)).not.toContain('/elsewhere?team=1')
  })

  it('goes to no private address that the operator did not list, whatever name leads there [WH-02]', async () => {
    const { admin, subscribe, log } = await start()
    const { id } = await subscribe({ url: 'https://localhost/hook' })
    await admin.post(`/v1/webhooks/${id}/test`)

    await expect
      .poll(() => log(id), PATIENCE)
      .toMatchObject([{ state: 'pending', problem: 'private_address' }])
  })

  it('is refused a URL without TLS that nobody listed, with user information, a fragment or another scheme', async () => {
    const { admin } = await start()
    const create = (url: string) => admin.post('/v1/webhooks', { url })

    for (const url of [
      'http://receiver.example/',
      'https://user:word@receiver.example/',
      'https://receiver.example/#part',
      'ftp://receiver.example/',
      'receiver.example',
    ])
      expect(problem(await create(url)), url).toBe('422 invalid_request /url')
    expect((await create('https://receiver.example')).json.url).toBe('https://receiver.example/')
  })

  it('of another tenant is not there, and a tenant has so many', async () => {
    const { admin, others, subscribe } = await start()
    const { id } = await subscribe()
    const other = others.get('globex')

    expect(problem((await other?.get(`/v1/webhooks/${id}`)) as Answer)).toBe('404 not_found')
    expect((await other?.get('/v1/webhooks'))?.json.items).toEqual([])
    for (let i = 1; i < 20; i++) await subscribe()
    expect(problem(await admin.post('/v1/webhooks', { url: 'https://receiver.example/' }))).toBe(
      '409 quota_exceeded',
    )
  })

  it('lists its deliveries by state and no other word', async () => {
    const { admin, subscribe } = await start()
    const { id } = await subscribe()

    expect(problem(await admin.get(`/v1/webhooks/${id}/deliveries?state=lost`))).toBe(
      '422 invalid_request ?state',
    )
    expect((await admin.get(`/v1/webhooks/${id}/deliveries?state=failed`)).json).toEqual({ items: [] })
  })
})

describe('verifyWebhook', () => {
  async function received() {
    const { admin, receiver, subscribe, keys } = await start()
    const { id, url } = await subscribe()
    await admin.post(`/v1/webhooks/${id}/test`)
    return { request: await receiver.received(), url, keys: await keys() }
  }

  it('refuses another body, URL, time, key and signature [WH-01]', async () => {
    const { request, url, keys } = await received()
    const now = Date.now()
    const body = new Uint8Array(request.body)
    body[body.length - 3] = 0x41
    const unsigned = new Headers(request.headers)
    unsigned.delete('signature')
    const foreign = { keys: keys.keys.map((key: object) => ({ ...key, kid: 'did:key:zOther#zOther' })) }

    expect(await verdict(request, { url, keys, now })).toBe('verified')
    expect(await verdict({ ...request, body }, { url, keys, now })).toBe(
      'holder_proof_invalid content-digest',
    )
    expect(await verdict({ ...request, headers: unsigned }, { url, keys })).toBe(
      'holder_proof_invalid signature',
    )
    expect(await verdict(request, { url: url.replace('team=1', 'team=2'), keys })).toBe(
      'holder_proof_invalid signature',
    )
    expect(await verdict(request, { url, keys: foreign })).toBe('holder_proof_invalid keyid')
    expect(await verdict(request, { url, keys: null })).toBe('holder_proof_invalid keyid')
    expect(await verdict(request, { url, keys, now: now + 120_000 })).toBe('holder_proof_invalid expires')
    const long = { ...request, body: new Uint8Array(16 * 1024 + 1) }
    expect(await verdict(long, { url, keys })).toBe('limit_exceeded body')
    await expect(verifyWebhook(request, { url: '/hook', keys })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('refuses a key that is listed for another use', async () => {
    const { request, url, keys } = await received()
    const encryption = { keys: keys.keys.map((key: object) => ({ ...key, use: 'enc' })) }

    expect(await verdict(request, { url, keys: encryption })).toBe('holder_proof_invalid keyid')
    expect(await verdict(request, { url, keys })).toBe('verified')
  })
})

describe('the key for webhooks', () => {
  it('is none before something is sent, rotates, and stays listed while requests of the old one may be under way', async () => {
    const { admin, receiver, subscribe, keys, url } = await start()
    expect(await keys()).toEqual({ keys: [] })
    expect((await send(`${url}/webhooks/initech/jwks.json`)).status).toBe(404)
    const webhook = await subscribe()
    await admin.post(`/v1/webhooks/${webhook.id}/test`)
    await receiver.received()
    expect((await admin.post('/v1/keys/rotate', { use: 'webhook', propagationSeconds: 0 })).status).toBe(200)
    const second = (await admin.post(`/v1/webhooks/${webhook.id}/test`)).json
    const request = await receiver.received(({ id }) => id === second.id)

    const listed = await keys()
    expect(listed.keys).toHaveLength(2)
    expect(await verdict(request, { url: webhook.url, keys: listed })).toBe('verified')
    const [first] = receiver.requests
    expect(first && (await verdict(first, { url: webhook.url, keys: listed }))).toBe('verified')
  })
})
