import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CREDENTIAL_CHANGE, SESSION_REVOKED } from '../../../src/server/streams/event-types.ts'
import { type Answer, type Caller, newCaller, send, startTestService } from '../../helpers/issuer-service.ts'

const POLL = 'urn:ietf:rfc:8936'
const PUSH = 'urn:ietf:rfc:8935'
const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification'
const UPDATED = 'https://schemas.openid.net/secevent/ssf/event-type/stream-updated'
const SOMEBODY = { format: 'did', url: 'did:key:zSomebody' }

let now = Date.UTC(2026, 10, 23, 8)
let service: Awaited<ReturnType<typeof startTestService>>
let receiver: Caller

beforeAll(async () => {
  service = await startTestService({ tenants: ['globex'], clock: () => now })
})
beforeEach(async () => {
  receiver = await newAuditor()
})
afterAll(() => service.close())

async function newAuditor(): Promise<Caller> {
  const caller = await newCaller(service.url)
  await service.admin.post('/v1/principals', { did: caller.did, role: 'auditor' }, { now })
  return { ...caller, ...at(caller) }
}

/** Signs by the clock of the service. */
function at(caller: Caller): Pick<Caller, 'get' | 'post' | 'put' | 'patch' | 'delete'> {
  return {
    get: (path, options) => caller.get(path, { now, ...options }),
    post: (path, body, options) => caller.post(path, body, { now, ...options }),
    put: (path, body, options) => caller.put(path, body, { now, ...options }),
    patch: (path, body, options) => caller.patch(path, body, { now, ...options }),
    delete: (path, options) => caller.delete(path, { now, ...options }),
  }
}

async function newStream(body: object = { delivery: { method: POLL } }, caller = receiver): Promise<string> {
  const answer = await caller.post('/v1/signals/stream', body)
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`)
  return answer.json.stream_id
}

function poll(id: string, body: object = {}): Promise<Answer> {
  return receiver.post(`/v1/signals/streams/${id}/poll`, { returnImmediately: true, ...body })
}

const code = ({ status, json }: Answer) => `${status} ${json.code}`

/** Lets the next verification of any stream through. */
function nextInterval(): void {
  now += 30_000
}

describe('the configuration of the transmitter', () => {
  it('is found at the origin for the tenant that was first, and names every endpoint', async () => {
    const { json, headers } = await send(`${service.url}/.well-known/ssf-configuration`)

    expect(headers.get('content-type')).toBe('application/json')
    expect(json).toEqual({
      spec_version: '1_0',
      issuer: service.url,
      jwks_uri: `${service.url}/signals/acme/jwks.json`,
      delivery_methods_supported: [PUSH, POLL],
      configuration_endpoint: `${service.url}/v1/signals/stream`,
      status_endpoint: `${service.url}/v1/signals/status`,
      add_subject_endpoint: `${service.url}/v1/signals/subjects/add`,
      remove_subject_endpoint: `${service.url}/v1/signals/subjects/remove`,
      verification_endpoint: `${service.url}/v1/signals/verify`,
      critical_subject_members: ['user', 'application', 'session'],
      authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:9421' }],
      default_subjects: 'ALL',
    })
  })

  it('is found between host and path for another one, and under no issuer that is not its own', async () => {
    const other = await send(`${service.url}/.well-known/ssf-configuration/signals/globex`)

    expect(other.json.issuer).toBe(`${service.url}/signals/globex`)
    expect((await send(`${service.url}/.well-known/ssf-configuration/signals/acme`)).status).toBe(404)
    expect((await send(`${service.url}/.well-known/ssf-configuration/signals/initech`)).status).toBe(404)
  })
})

describe('a stream', () => {
  it('is made with what the receiver asks for of what there is', async () => {
    const answer = await receiver.post('/v1/signals/stream', {
      events_requested: [SESSION_REVOKED, 'urn:example:unknown'],
      delivery: { method: POLL },
      description: 'mail',
      format: 'email',
    })

    const { stream_id: id } = answer.json
    expect(answer.status).toBe(201)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.json).toEqual({
      stream_id: id,
      iss: service.url,
      aud: receiver.did,
      events_supported: [SESSION_REVOKED, CREDENTIAL_CHANGE],
      events_requested: [SESSION_REVOKED, 'urn:example:unknown'],
      events_delivered: [SESSION_REVOKED],
      delivery: { method: POLL, endpoint_url: `${service.url}/v1/signals/streams/${id}/poll` },
      min_verification_interval: 30,
      description: 'mail',
    })
    expect((await receiver.get(`/v1/signals/stream?stream_id=${id}`)).json).toEqual(answer.json)
  })

  it("is its receiver's: for anybody else it is not there, and it is in no list [TX-01]", async () => {
    const id = await newStream()
    const other = await newAuditor()
    const body = { stream_id: id, delivery: { method: POLL } }

    for (const answer of [
      await other.get(`/v1/signals/stream?stream_id=${id}`),
      await other.patch('/v1/signals/stream', body),
      await other.put('/v1/signals/stream', body),
      await other.delete(`/v1/signals/stream?stream_id=${id}`),
      await other.get(`/v1/signals/status?stream_id=${id}`),
      await other.post('/v1/signals/status', { ...body, status: 'paused' }),
      await other.post('/v1/signals/subjects/add', { ...body, subject: SOMEBODY }),
      await other.post('/v1/signals/subjects/remove', { ...body, subject: SOMEBODY }),
      await other.post('/v1/signals/verify', body),
      await other.post(`/v1/signals/streams/${id}/poll`, {}),
    ])
      expect(code(answer)).toBe('404 not_found')
    expect((await other.get('/v1/signals/stream')).json).toEqual([])
    const own = (await receiver.get('/v1/signals/stream')).json
    expect(own.map((one: { stream_id: string }) => one.stream_id)).toContain(id)
  })

  it('is changed member by member, and replaced as a whole', async () => {
    const id = await newStream({ events_requested: [SESSION_REVOKED], description: 'mail' })

    const patched = await receiver.patch('/v1/signals/stream', {
      stream_id: id,
      events_requested: [CREDENTIAL_CHANGE],
    })
    const replaced = await receiver.put('/v1/signals/stream', {
      ...patched.json,
      events_requested: undefined,
      description: 'post',
    })

    expect(patched.json).toMatchObject({ events_delivered: [CREDENTIAL_CHANGE], description: 'mail' })
    expect(replaced.json).toMatchObject({
      events_delivered: [SESSION_REVOKED, CREDENTIAL_CHANGE],
      description: 'post',
    })
    expect(replaced.json).not.toHaveProperty('events_requested')
  })

  it.each([
    { what: 'without its id', change: { stream_id: undefined } },
    { what: 'with another issuer', change: { iss: 'https://other.example' } },
    { what: 'with another audience', change: { aud: 'https://other.example' } },
    { what: 'with other events delivered', change: { events_delivered: [CREDENTIAL_CHANGE] } },
    { what: 'to be pushed', change: { delivery: { method: PUSH, endpoint_url: 'https://mail.example/' } } },
    {
      what: 'to be delivered in a way that there is not',
      change: { delivery: { method: 'urn:ietf:rfc:1' } },
    },
    { what: 'with events that are no list', change: { events_requested: 'all' } },
  ])('is not changed $what', async ({ change }) => {
    const id = await newStream({ events_requested: [SESSION_REVOKED] })
    const before = (await receiver.get(`/v1/signals/stream?stream_id=${id}`)).json

    const refused = await receiver.patch('/v1/signals/stream', { stream_id: id, ...change })

    expect(code(refused)).toBe('400 malformed_request')
    expect((await receiver.get(`/v1/signals/stream?stream_id=${id}`)).json).toEqual(before)
  })

  it('that is pushed never shows what is sent along, and keeps it as long as the place stays [TX-02]', async () => {
    const delivery = { method: PUSH, endpoint_url: 'https://mail.example/events' }
    const id = await newStream({
      delivery: { ...delivery, authorization_header: 'Bearer s3cret-of-the-receiver' },
    })

    const shown = await receiver.get(`/v1/signals/stream?stream_id=${id}`)

    expect(shown.json.delivery).toEqual(delivery)
    expect((await receiver.put('/v1/signals/stream', shown.json)).json).toEqual(shown.json)
  })

  it.each([
    { what: 'nowhere', url: undefined },
    { what: 'in clear text', url: 'http://mail.example/' },
    { what: 'with a password', url: 'https://a:b@mail.example/' },
    { what: 'to what is no URL', url: 'mail' },
  ])('is not pushed $what', async ({ url }) => {
    const delivery = { method: PUSH, ...(url !== undefined && { endpoint_url: url }) }

    expect(code(await receiver.post('/v1/signals/stream', { delivery }))).toBe('400 malformed_request')
  })

  it('has an audience that an administrator may choose, and nobody else', async () => {
    const body = { aud: 'https://mail.example/' }

    expect(code(await receiver.post('/v1/signals/stream', body))).toBe('403 forbidden')
    expect((await at(service.admin).post('/v1/signals/stream', body)).json.aud).toBe('https://mail.example/')
  })

  it('is refused to a receiver that has five, until it ends one; another one may have its own [TX-06]', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => newStream()))

    const refused = await receiver.post('/v1/signals/stream', {})
    expect([code(refused), refused.json.limit]).toEqual(['409 quota_exceeded', 5])
    const other = await newStream({}, await newAuditor())
    await receiver.delete(`/v1/signals/stream?stream_id=${ids[0]}`)
    ids.push(other, await newStream())
    for (const id of ids) await at(service.admin).delete(`/v1/signals/streams/${id}`)
  })

  it('is gone when it is deleted', async () => {
    const id = await newStream()

    const deleted = await receiver.delete(`/v1/signals/stream?stream_id=${id}`)

    expect([deleted.status, deleted.text]).toEqual([204, ''])
    expect(code(await receiver.get(`/v1/signals/stream?stream_id=${id}`))).toBe('404 not_found')
    expect(code(await receiver.delete('/v1/signals/stream'))).toBe('400 malformed_request')
  })

  it('takes subjects out and up again, without saying whom it knows', async () => {
    const id = await newStream()
    const body = { stream_id: id, subject: SOMEBODY }

    const removed = await receiver.post('/v1/signals/subjects/remove', body)
    const added = await receiver.post('/v1/signals/subjects/add', { ...body, verified: true })

    expect([removed.status, removed.text, added.status, added.text]).toEqual([204, '', 200, ''])
    const wrong = await receiver.post('/v1/signals/subjects/add', {
      stream_id: id,
      subject: { format: 'did' },
    })
    expect(code(wrong)).toBe('400 malformed_request')
  })

  it('keeps all that is changed of it at the same time [TX-08]', async () => {
    const id = await newStream()
    const status = { stream_id: id, status: 'paused', reason: 'maintenance' }

    const answers = await Promise.all([
      receiver.patch('/v1/signals/stream', { stream_id: id, description: 'mail' }),
      receiver.patch('/v1/signals/stream', { stream_id: id, events_requested: [SESSION_REVOKED] }),
      receiver.post('/v1/signals/status', status),
    ])

    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
    const { json } = await receiver.get(`/v1/signals/stream?stream_id=${id}`)
    expect(json).toMatchObject({ description: 'mail', events_requested: [SESSION_REVOKED] })
    expect((await receiver.get(`/v1/signals/status?stream_id=${id}`)).json).toEqual(status)
  })
})

describe('verification', () => {
  it('brings the state back in a token that says who, for whom and about which stream [TX-03]', async () => {
    const id = await newStream({ delivery: { method: POLL } })
    nextInterval()

    const asked = await receiver.post('/v1/signals/verify', { stream_id: id, state: 'c3RhdGU' })

    expect([asked.status, asked.text]).toEqual([204, ''])
    const { sets } = (await poll(id)).json
    const [[jti, token] = ['', '']] = Object.entries<string>(sets)
    const jwks = (await send(`${service.url}/signals/acme/jwks.json`)).json
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), {
      issuer: service.url,
      audience: receiver.did,
      typ: 'secevent+jwt',
      algorithms: ['RS256'],
      currentDate: new Date(now),
    })
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'secevent+jwt', kid: jwks.keys[0].kid })
    expect(payload).toEqual({
      iss: service.url,
      jti,
      iat: now / 1000,
      aud: receiver.did,
      sub_id: { format: 'opaque', id },
      events: { [VERIFICATION]: { state: 'c3RhdGU' } },
    })
  })

  it('is refused more often than it says, and not after that', async () => {
    const id = await newStream()
    nextInterval()

    expect((await receiver.post('/v1/signals/verify', { stream_id: id })).status).toBe(204)
    const again = await receiver.post('/v1/signals/verify', { stream_id: id })
    expect(code(again)).toBe('429 rate_limited')
    expect(Number(again.headers.get('retry-after'))).toBeLessThanOrEqual(30)
    nextInterval()
    expect((await receiver.post('/v1/signals/verify', { stream_id: id })).status).toBe(204)
  })
})

describe('polling', () => {
  async function verified(): Promise<string> {
    const id = await newStream()
    for (let i = 0; i < 3; i++) {
      nextInterval()
      await receiver.post('/v1/signals/verify', { stream_id: id, state: String(i) })
    }
    return id
  }
  const states = ({ json }: Answer) =>
    Object.values<string>(json.sets).map((token) => {
      const events = decodeJwt(token).events as Record<string, { state?: string }>
      return events[VERIFICATION]?.state
    })

  it('answers a token again until it is acknowledged, the same each time, in order', async () => {
    const id = await verified()

    const first = await poll(id, { maxEvents: 2 })
    const again = await poll(id, { maxEvents: 2 })

    expect(states(first)).toEqual(['0', '1'])
    expect(first.json.moreAvailable).toBe(true)
    expect(again.json).toEqual(first.json)
    const rest = await poll(id, { ack: [...Object.keys(first.json.sets), 'unknown'] })
    expect(states(rest)).toEqual(['2'])
    expect(rest.json).not.toHaveProperty('moreAvailable')
  })

  it('only acknowledges when no event is asked for', async () => {
    const id = await verified()
    const ack = Object.keys((await poll(id)).json.sets)

    expect((await poll(id, { maxEvents: 0, ack, returnImmediately: false })).json).toEqual({ sets: {} })
    expect((await poll(id)).json).toEqual({ sets: {} })
  })

  it('does not answer again what the receiver says is wrong', async () => {
    const id = await verified()
    const [jti = ''] = Object.keys((await poll(id)).json.sets)

    const next = await poll(id, {
      setErrs: { [jti]: { err: 'invalid_state', description: 'another state' } },
    })

    expect(states(next)).toEqual(['1', '2'])
  })

  it('waits for a token unless it shall not', async () => {
    const id = await newStream()
    nextInterval()
    const waiting = poll(id, { returnImmediately: false })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await receiver.post('/v1/signals/verify', { stream_id: id, state: 'late' })

    expect(states(await waiting)).toEqual(['late'])
  })

  it.each([{ maxEvents: -1 }, { maxEvents: '5' }, { ack: 'all' }, { setErrs: { a: 'b' } }])(
    'refuses %o',
    async (body) => {
      expect(code(await poll(await newStream(), body))).toBe('400 malformed_request')
    },
  )

  it('is for streams that are not pushed', async () => {
    const id = await newStream({ delivery: { method: PUSH, endpoint_url: 'https://mail.example/events' } })

    expect(code(await poll(id))).toBe('400 malformed_request')
  })
})

describe('the status of a stream', () => {
  it('is enabled at first, and what the receiver makes it, with the reason', async () => {
    const id = await newStream()
    const read = async () => (await receiver.get(`/v1/signals/status?stream_id=${id}`)).json

    expect(await read()).toEqual({ stream_id: id, status: 'enabled' })
    const paused = { stream_id: id, status: 'paused', reason: 'maintenance' }
    expect((await receiver.post('/v1/signals/status', paused)).json).toEqual(paused)
    expect(await read()).toEqual(paused)
    expect(code(await receiver.post('/v1/signals/status', { ...paused, status: 'off' }))).toBe(
      '400 malformed_request',
    )
  })

  it('paused holds what comes, and enabled lets it go', async () => {
    const id = await newStream()
    await receiver.post('/v1/signals/status', { stream_id: id, status: 'paused' })
    nextInterval()
    await receiver.post('/v1/signals/verify', { stream_id: id })
    expect((await poll(id)).json).toEqual({ sets: {} })

    await receiver.post('/v1/signals/status', { stream_id: id, status: 'enabled' })

    expect(Object.keys((await poll(id)).json.sets)).toHaveLength(1)
  })

  it('disabled sends nothing and verifies nothing', async () => {
    const id = await newStream()
    await receiver.post('/v1/signals/status', { stream_id: id, status: 'disabled' })
    nextInterval()

    expect(code(await receiver.post('/v1/signals/verify', { stream_id: id }))).toBe('400 malformed_request')
    expect((await poll(id)).json).toEqual({ sets: {} })
  })

  it('that an operator changes is told to the receiver, also that nothing comes any more', async () => {
    const id = await newStream()
    const admin = at(service.admin)
    const told = async () => {
      const { sets } = (await poll(id)).json
      await poll(id, { maxEvents: 0, ack: Object.keys(sets) })
      return Object.values<string>(sets).map(
        (token) => (decodeJwt(token).events as Record<string, object>)[UPDATED],
      )
    }

    const paused = await admin.post(`/v1/signals/streams/${id}/pause`, { reason: 'odd traffic' })
    expect(paused.json).toMatchObject({ id, receiver: receiver.did, status: 'paused', reason: 'odd traffic' })
    expect(await told()).toEqual([{ status: 'paused', reason: 'odd traffic' }])
    await admin.post(`/v1/signals/streams/${id}/pause`, { reason: 'again' })
    expect(await told()).toEqual([])
    await admin.post(`/v1/signals/streams/${id}/resume`)
    expect(await told()).toEqual([{ status: 'enabled' }])
  })

  it('that an operator paused is not changed by the receiver until an operator has resumed it [TX-07]', async () => {
    const id = await newStream()
    const admin = at(service.admin)
    const ask = (status: string) => receiver.post('/v1/signals/status', { stream_id: id, status })
    expect((await ask('paused')).status).toBe(200)
    await admin.post(`/v1/signals/streams/${id}/pause`, { reason: 'odd traffic' })
    await receiver.patch('/v1/signals/stream', { stream_id: id, description: 'mail' })

    expect(code(await ask('enabled'))).toBe('403 forbidden')
    expect(code(await ask('disabled'))).toBe('403 forbidden')
    const read = await receiver.get(`/v1/signals/status?stream_id=${id}`)
    expect(read.json).toEqual({ stream_id: id, status: 'paused', reason: 'odd traffic' })
    await admin.post(`/v1/signals/streams/${id}/resume`)
    expect((await ask('paused')).status).toBe(200)
    expect((await ask('enabled')).status).toBe(200)
  })

  it('is sent again what was given up, by an operator who names the stream', async () => {
    const id = await newStream()
    const admin = at(service.admin)
    const { id: webhook } = (await admin.post('/v1/webhooks', { url: 'https://mail.example/hook' })).json

    expect((await admin.post(`/v1/signals/streams/${id}/redeliver`)).json).toEqual({ events: 0 })
    expect(code(await admin.post(`/v1/signals/streams/${webhook}/redeliver`))).toBe('404 not_found')
    expect((await receiver.post(`/v1/signals/streams/${id}/redeliver`)).status).toBe(403)
  })

  it('is listed for operators, without what is a secret of the receiver, and they can end it', async () => {
    const url = 'https://mail.example/events/s3cret'
    const id = await newStream({ delivery: { method: PUSH, endpoint_url: url } })
    const admin = at(service.admin)
    const listed = async () =>
      (await admin.get('/v1/signals/streams')).json.items.filter((one: { id: string }) => one.id === id)

    expect(await listed()).toMatchObject([
      { method: 'push', host: 'mail.example', status: 'enabled', failures: 0 },
    ])
    expect(JSON.stringify(await listed())).not.toContain('s3cret')
    expect((await admin.delete(`/v1/signals/streams/${id}`)).json.id).toBe(id)
    expect(await listed()).toEqual([])
  })
})
