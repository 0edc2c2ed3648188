import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type Answer,
  addOwner,
  send,
  startTestService,
  type TestService,
} from '../../helpers/issuer-service.ts'
import {
  AUDIENCE,
  RISC,
  SSF,
  startTransmitter,
  type TestTransmitter,
} from '../../helpers/signal-transmitter.ts'

const PATH = '/v1/signals/transmitters'

/** By an opaque id, which is of the issuer that a transmitter speaks of. */
const ABOUT_ADA = { sub_id: { format: 'opaque', id: 'ada' } }

let idp: TestTransmitter
/** By the algorithm with which they sign. */
const others = new Map<string, TestTransmitter>()
let service: TestService

beforeAll(async () => {
  idp = await startTransmitter()
  for (const algorithm of ['PS256', 'ES256', 'EdDSA'])
    others.set(algorithm, await startTransmitter(algorithm))
  const signalIssuers = [idp, ...others.values()].map(({ issuer }) => issuer)
  service = await startTestService({ signalIssuers })
}, 60_000)
afterAll(async () => {
  await service.close()
  await Promise.all([idp, ...others.values()].map((one) => one.close()))
})

/** An owner of this human, and a transmitter of its own, so that no test meets what another one did. */
let endpoint: string
let transmitter: string
let owner: string

beforeEach(async () => {
  await register()
  owner = (await addOwner(service.admin, { subject: { issuer: idp.issuer, subject: 'ada' } })).id
})

afterEach(async () => {
  await service.admin.delete(`${PATH}/${transmitter}`)
})

async function register(changes: object = {}): Promise<void> {
  const { json } = await service.admin.post(PATH, { issuer: idp.issuer, audience: AUDIENCE, ...changes })
  endpoint = json.endpoint
  transmitter = json.id
}

function push(token: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return send(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/secevent+jwt', ...headers },
    body: token,
  })
}

function outcome({ status, json }: Answer): string {
  return `${status} ${json.err ?? json.code ?? ''}`.trim()
}

async function stateOf(id = owner): Promise<string> {
  const { json } = await service.admin.get(`/v1/owners/${id}`)
  return json.suspended ? `${json.state} suspended` : json.state
}

async function shown(): Promise<Answer['json']> {
  const { json } = await service.admin.get(PATH)
  return json.items.find((item: { id: string }) => item.id === transmitter)
}

describe('a security event', () => {
  it('that an account is disabled suspends every owner of that human, in the name of the transmitter [L8]', async () => {
    const other = (await addOwner(service.admin, { subject: { issuer: idp.issuer, subject: 'ada' } })).id
    const stranger = (await addOwner(service.admin, { subject: { issuer: idp.issuer, subject: 'bob' } })).id
    const events = { [`${RISC}account-disabled`]: { reason: 'hijacking' } }
    const answer = await push(await idp.account('account-disabled', { events, jti: 'told' }))

    expect([answer.status, answer.text]).toEqual([202, ''])
    expect([await stateOf(), await stateOf(other)]).toEqual(['active suspended', 'active suspended'])
    expect(await stateOf(stranger)).toBe('active')
    const { json } = await service.admin.get(`/v1/audit?owner=${owner}`)
    expect(json.items.at(-1)).toMatchObject({
      action: 'owner.suspend',
      actor: `transmitter:${transmitter}`,
      role: 'transmitter',
      details: { reason: 'account-disabled (hijacking), security event told', rank: 'revoker' },
    })
  })

  it('that an account is purged offboards every owner of that human [L8]', async () => {
    expect(outcome(await push(await idp.account('account-purged')))).toBe('202')
    expect(await stateOf()).toBe('offboarded')
  })

  it('leaves a hold that an administrator lifts', async () => {
    await push(await idp.account('account-disabled'))

    expect((await service.admin.post(`/v1/owners/${owner}/resume`)).json.suspended).toBe(false)
  })

  it('has one effect, however often it comes, and another one under its jti none', async () => {
    const token = await idp.account('account-disabled', { jti: 'again' })
    await push(token)
    await service.admin.post(`/v1/owners/${owner}/resume`)
    const again = await push(token)
    const other = await push(await idp.account('account-purged', { jti: 'again' }))

    expect([outcome(again), outcome(other)]).toEqual(['202', '400 invalid_request'])
    expect(await stateOf()).toBe('active')
  })

  it.each<[what: string, identifier: (issuer: string) => object]>([
    ['an opaque id', () => ({ format: 'opaque', id: 'ada' })],
    [
      'aliases',
      (iss) => ({
        format: 'aliases',
        identifiers: [
          { format: 'email', email: 'a@b.example' },
          { format: 'iss_sub', iss, sub: 'ada' },
        ],
      }),
    ],
    [
      'a complex subject',
      (iss) => ({
        format: 'complex',
        user: { format: 'iss_sub', iss, sub: 'ada' },
        tenant: { format: 'opaque', id: 't' },
      }),
    ],
  ])('finds the human by %s', async (_, identifier) => {
    await push(await idp.account('account-disabled', { sub_id: identifier(idp.issuer) }))

    expect(await stateOf()).toBe('active suspended')
  })

  it.each<[what: string, identifier: object]>([
    ['somebody unknown', { format: 'opaque', id: 'mallory' }],
    ['a subject of another issuer', { format: 'iss_sub', iss: 'https://other.example', sub: 'ada' }],
    ['whom no owner can be linked to', { format: 'opaque', id: 'ada\0' }],
    ['an address', { format: 'email', email: 'ada@acme.example' }],
  ])('about %s is taken, and hits nobody', async (_, identifier) => {
    expect(outcome(await push(await idp.account('account-purged', { sub_id: identifier })))).toBe('202')
    expect(await stateOf()).toBe('active')
  })

  it('of another type is taken, and nothing follows', async () => {
    const events = { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {} }

    expect(outcome(await push(await idp.account('', { events })))).toBe('202')
    expect(await stateOf()).toBe('active')
  })

  it('about the stream itself is shown with the transmitter', async () => {
    const sub_id = { format: 'opaque', id: 'stream' }
    await push(await idp.sign({ sub_id, events: { [`${SSF}verification`]: { state: 'x' } } }))
    expect(await shown()).toMatchObject({ verifiedAt: expect.any(String), receivedAt: expect.any(String) })

    await push(await idp.sign({ sub_id, events: { [`${SSF}stream-updated`]: { status: 'paused' } } }))
    expect((await shown()).stream).toBe('paused')
  })
})

describe('an account that is enabled again', () => {
  it('stays suspended unless the administrator said that the transmitter lifts its own', async () => {
    await push(await idp.account('account-disabled', { iat: now() - 5 }))
    await push(await idp.account('account-enabled'))
    expect(await stateOf()).toBe('active suspended')

    await register({ lifts: true })
    const { id } = await addOwner(service.admin, { subject: { issuer: idp.issuer, subject: 'eve' } })
    await push(await aboutEve('account-disabled', { iat: now() - 5 }))
    expect(await stateOf(id)).toBe('active suspended')
    await push(await aboutEve('account-enabled'))
    expect(await stateOf(id)).toBe('active')
  })

  it('lifts nothing when the event is older than the one that suspended', async () => {
    await register({ lifts: true })
    await push(await idp.account('account-disabled', { iat: now() - 10 }))
    await push(await idp.account('account-disabled', { iat: now() - 2 }))
    await push(await idp.account('account-disabled', { iat: now() - 8 }))
    await push(await idp.account('account-enabled', { iat: now() - 5 }))
    expect(await stateOf()).toBe('active suspended')

    await push(await idp.account('account-enabled', { toe: now() - 5 }))
    expect(await stateOf()).toBe('active suspended')
    await push(await idp.account('account-enabled', { iat: now() - 5, toe: now() + 100 }))
    expect(await stateOf()).toBe('active suspended')
    await push(await idp.account('account-enabled', { iat: now() }))
    expect(await stateOf()).toBe('active')
  })

  it("lifts nobody else's hold", async () => {
    await register({ lifts: true })
    await service.admin.post(`/v1/owners/${owner}/suspend`, { reason: 'odd' })
    await push(await idp.account('account-disabled', { iat: now() - 5 }))
    await push(await idp.account('account-enabled'))

    expect(await stateOf()).toBe('active suspended')
  })

  function aboutEve(name: string, claims: object = {}): Promise<string> {
    return idp.account(name, { sub_id: { format: 'iss_sub', iss: idp.issuer, sub: 'eve' }, ...claims })
  }
})

function now(): number {
  return Math.floor(Date.now() / 1000)
}

describe('a token that is no good', () => {
  it.each<[what: string, code: string, token: () => Promise<string>]>([
    ['by a key of somebody else', 'invalid_key', () => idp.sign({ events: {} }, { withForeignKey: true })],
    [
      'of another issuer',
      'invalid_issuer',
      () => idp.account('account-purged', { iss: 'https://x.example' }),
    ],
    [
      'for another audience',
      'invalid_audience',
      () => idp.account('account-purged', { aud: 'https://x.example' }),
    ],
    ['for no audience', 'invalid_audience', () => idp.account('account-purged', { aud: undefined })],
    ['of another type', 'invalid_request', () => idp.sign({}, { header: { typ: 'JWT' } })],
    ['without type', 'invalid_request', () => idp.sign({}, { header: { typ: undefined } })],
    ['with an end', 'invalid_request', () => idp.account('account-purged', { exp: 4_000_000_000 })],
    ['with a sub', 'invalid_request', () => idp.account('account-purged', { sub: 'ada' })],
    ['without jti', 'invalid_request', () => idp.account('account-purged', { jti: undefined })],
    ['without iat', 'invalid_request', () => idp.account('account-purged', { iat: undefined })],
    ['of two months ago', 'invalid_request', () => idp.account('account-purged', { iat: now() - 5_184_000 })],
    ['of the future', 'invalid_request', () => idp.account('account-purged', { iat: now() + 3_600 })],
    ['without events', 'invalid_request', () => idp.account('', { events: undefined })],
    ['with no event', 'invalid_request', () => idp.account('', { events: {} })],
    ['about nobody', 'invalid_request', () => idp.account('account-purged', { sub_id: undefined })],
    [
      'about something unreadable',
      'invalid_request',
      () => idp.account('account-purged', { sub_id: { format: 'iss_sub' } }),
    ],
    ['that is none', 'invalid_request', async () => 'a.b.c'],
    ['that is empty', 'invalid_request', async () => ''],
  ])('%s is refused with the code of RFC 8935 [PS-01]', async (_, code, token) => {
    const answer = await push(await token())

    expect(outcome(answer)).toBe(`400 ${code}`)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('content-language')).toBe('en')
    expect(await stateOf()).toBe('active')
    expect((await shown()).refused).toMatchObject({ count: 1, last: code })
    expect(outcome(await push(await idp.account('account-purged')))).toBe('202')
  })

  it('by a shared secret, or by none, is refused', async () => {
    const [, payload] = (await idp.account('account-purged')).split('.')
    const none = Buffer.from('{"alg":"none","typ":"secevent+jwt"}').toString('base64url')

    expect(outcome(await push(`${none}.${payload}.`))).toBe('400 invalid_key')
    expect(await stateOf()).toBe('active')
  })

  it('is told from one that is too large, of another media type, or for nobody', async () => {
    const token = await idp.account('account-purged')

    expect(outcome(await push('x'.repeat(16_385)))).toBe('413 body_too_large')
    expect(outcome(await push(token, { 'content-type': 'application/jwt' }))).toBe(
      '415 unsupported_media_type',
    )
    endpoint = endpoint.replace('/acme/', '/other/')
    expect(outcome(await push(token))).toBe('404 not_found')
    expect(await stateOf()).toBe('active')
  })
})

describe('a transmitter', () => {
  it('must send along what was agreed', async () => {
    const authorization = `Bearer ${'s'.repeat(32)}`
    await register({ authorization })
    const token = await idp.account('account-disabled')

    expect(outcome(await push(token))).toBe('400 authentication_failed')
    expect(outcome(await push(token, { authorization: `${authorization}x` }))).toBe(
      '400 authentication_failed',
    )
    expect(await stateOf()).toBe('active')
    expect(outcome(await push(token, { authorization }))).toBe('202')
    expect(await stateOf()).toBe('active suspended')
    expect(JSON.stringify(await shown())).not.toContain('sssss')
  })

  it.each(['PS256', 'ES256', 'EdDSA'])('may sign with %s instead', async (algorithm) => {
    const other = others.get(algorithm)
    await register({ algorithm, issuer: other?.issuer, subjectIssuer: idp.issuer })

    expect(outcome(await push((await other?.account('account-disabled', ABOUT_ADA)) ?? ''))).toBe('202')
    expect(await stateOf()).toBe('active suspended')
  })

  it('signs with one algorithm', async () => {
    await register({ algorithm: 'ES256' })

    expect(outcome(await push(await idp.account('account-purged')))).toBe('400 invalid_key')
    expect(await stateOf()).toBe('active')
  })

  it('does not tell strangers with which', async () => {
    const foreign = await idp.sign({}, { withForeignKey: true })
    const before = await push(foreign)
    await register({ algorithm: 'ES256' })

    expect(outcome(before)).toBe('400 invalid_key')
    expect((await push(foreign)).text).toBe(before.text)
  })

  it('must be of an issuer that the operator has listed', async () => {
    const { status, json } = await service.admin.post(PATH, {
      issuer: 'https://x.example',
      audience: AUDIENCE,
    })

    expect([status, json.errors[0].pointer]).toEqual([422, '/issuer'])
    expect(JSON.stringify(json.errors)).toContain('PROCURA_SIGNAL_ISSUERS')
  })

  it('is heard no more once it is removed, and what came from it is not taken again', async () => {
    const token = await idp.account('account-disabled')
    await push(token)
    expect((await service.admin.delete(`${PATH}/${transmitter}`)).status).toBe(200)
    expect(outcome(await push(await idp.account('account-purged')))).toBe('404 not_found')
    expect(await stateOf()).toBe('active suspended')

    await service.admin.post(`/v1/owners/${owner}/resume`)
    await register()
    expect(outcome(await push(token))).toBe('202')
    expect(await stateOf()).toBe('active')
  })
})

it('is answered with 503, and not taken, while the keys cannot be had', async () => {
  const away = await startTransmitter()
  const other = await startTestService({ signalIssuers: [away.issuer] })
  const { json } = await other.admin.post(PATH, { issuer: away.issuer, audience: AUDIENCE })
  endpoint = json.endpoint
  const token = await away.account('account-purged')
  await away.close()

  expect(outcome(await push(token))).toBe('503 unavailable')
  await other.close()
})
