import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  type Answer,
  addOwner,
  MAIL_GRANT,
  newCaller,
  send,
  startTestService,
} from '../../helpers/issuer-service.ts'
import { buildWorld, registerRun, type World } from '../../helpers/issuer-world.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService()
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

const READING = { authorizationDetails: [{ ...MAIL_GRANT, actions: ['mail.read'] }] }

function problem({ status, json }: Answer): string {
  return `${status} ${json.code}`
}

function invite(changes: object = {}): Promise<Answer> {
  const body = { owner: world.owner.id, name: 'Triage', purpose: 'sorts mail', ...changes }
  return world.ownerCaller.post('/v1/enrolments', body)
}

describe('enrolment', () => {
  it('ends with a working agent whose key nobody else has ever seen', async () => {
    const { json: enrolment } = await invite({ delegation: READING })
    const newcomer = await newCaller(service.url)

    const enrolled = await newcomer.post('/v1/enrolments/redeem', { ticket: enrolment.ticket })

    expect(enrolled.status).toBe(201)
    expect(enrolled.headers.get('location')).toBe(`/v1/agents/${enrolment.agent}`)
    expect(enrolled.json.agent).toMatchObject({
      id: enrolment.agent,
      owner: world.owner.id,
      did: newcomer.did,
    })
    expect(enrolled.json.delegation).toMatchObject({ agent: enrolment.agent, state: 'active' })
    expect((await newcomer.get('/v1/whoami')).json).toMatchObject({ role: 'agent', agent: enrolment.agent })
    expect(await registerRun(newcomer, enrolled.json.delegation)).toMatchObject({ state: 'active' })
  })

  it('needs no delegation', async () => {
    const { json } = await invite()
    const newcomer = await newCaller(service.url)

    const enrolled = await newcomer.post('/v1/enrolments/redeem', { ticket: json.ticket })

    expect(enrolled.json).not.toHaveProperty('delegation')
    expect((await newcomer.get(`/v1/agents/${json.agent}`)).status).toBe(200)
  })

  it('is finished by the same key when the answer was lost, and makes one delegation', async () => {
    const { json } = await invite({ delegation: READING })
    const newcomer = await newCaller(service.url)
    const first = await newcomer.post('/v1/enrolments/redeem', { ticket: json.ticket })

    const again = await newcomer.post('/v1/enrolments/redeem', { ticket: json.ticket })

    expect(again.json).toEqual(first.json)
    expect((await newcomer.get('/v1/delegations')).json.items).toHaveLength(1)
  })

  it('tells nothing of a ticket that is used, made up, or of nobody', async () => {
    const { json } = await invite()
    const newcomer = await newCaller(service.url)
    const thief = await newCaller(service.url)
    await newcomer.post('/v1/enrolments/redeem', { ticket: json.ticket })
    const secret = json.ticket.split('.')[1]

    for (const ticket of [
      json.ticket,
      `acme.${'A'.repeat(43)}`,
      `nobody.${secret}`,
      `*.${secret}`,
      '',
      'x',
    ]) {
      expect(problem(await thief.post('/v1/enrolments/redeem', { ticket }))).toBe('401 ticket_invalid')
    }
    expect(problem(await thief.get('/v1/whoami'))).toBe('401 unknown_principal')
  })

  it('needs a proof of the key', async () => {
    const { json } = await invite()
    const init = { method: 'POST', body: JSON.stringify({ ticket: json.ticket }) }
    const newcomer = await newCaller(service.url)
    const headers = await newcomer.sign('POST', '/v1/enrolments/redeem', { ticket: 'another' })

    expect(problem(await send(`${service.url}/v1/enrolments/redeem`, init))).toBe('401 signature_required')
    expect(problem(await send(`${service.url}/v1/enrolments/redeem`, { ...init, headers }))).toBe(
      '401 signature_invalid',
    )
    expect((await newcomer.post('/v1/enrolments/redeem', { ticket: json.ticket })).status).toBe(201)
  })

  it('lasts 15 minutes at most, and no longer than was said', async () => {
    const short = await invite({ lifetimeSeconds: 60 })

    expect(Date.parse(short.json.expiresAt) - Date.now()).toBeLessThanOrEqual(60_000)
    expect(Date.parse((await invite()).json.expiresAt) - Date.now()).toBeLessThanOrEqual(900_000)
    expect(problem(await invite({ lifetimeSeconds: 901 }))).toBe('422 invalid_request')
  })

  it('delegates no more than the owner holds, and says so to who invites', async () => {
    const wider = { authorizationDetails: [{ ...MAIL_GRANT, actions: ['mail.delete'] }] }

    expect(problem(await invite({ delegation: wider }))).toBe('422 exceeds_entitlements')
    expect((await invite({ delegation: READING })).status).toBe(201)
  })

  it('is for the own agents of an owner', async () => {
    const neighbour = await addOwner(service.admin)

    expect(problem(await invite({ owner: neighbour.id }))).toBe('403 forbidden')
    expect(problem(await invite({ owner: 'own_nobody' }))).toBe('422 owner_required')
  })

  it('is limited like any other proof that fails', async () => {
    const limited = await startTestService({ unsignedPerMinute: 3 })
    onTestFinished(() => limited.close())
    const guesser = await newCaller(limited.url)
    const guess = () => guesser.post('/v1/enrolments/redeem', { ticket: `acme.${'A'.repeat(43)}` })
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await guess()).status)

    expect(statuses).toEqual([401, 401, 401, 429])
  })

  it('is looked up before anything is written, and counts as a write of the caller and the tenant', async () => {
    const limited = await startTestService({ writesPerMinute: { perPrincipal: 2 } })
    onTestFinished(() => limited.close())
    const { id: owner } = await addOwner(limited.admin)
    const body = { owner, name: 'Triage', purpose: 'sorts mail' }
    const { ticket } = (await limited.admin.post('/v1/enrolments', body)).json
    const newcomer = await newCaller(limited.url)
    const redeem = async (ticket: string) => problem(await newcomer.post('/v1/enrolments/redeem', { ticket }))
    const unknown = `acme.${'A'.repeat(43)}`
    const guesses = [await redeem(unknown), await redeem(unknown), await redeem(unknown)]

    expect(new Set(guesses)).toEqual(new Set(['401 ticket_invalid']))
    expect(await redeem(ticket)).toBe('201 undefined')
    expect(await redeem(ticket)).toBe('201 undefined')
    expect(await redeem(ticket)).toBe('429 rate_limited')
    expect(await redeem(unknown)).toBe('401 ticket_invalid')
  })

  it('is worth nothing once it is withdrawn, and the trail says by whom and why', async () => {
    const { json } = await invite({ delegation: READING })
    const path = `/v1/enrolments/${json.id}/withdraw`
    const { json: open } = await world.ownerCaller.get('/v1/enrolments')
    expect(open.items.map(({ id }: { id: string }) => id)).toContain(json.id)
    expect(JSON.stringify(open)).not.toContain(json.ticket.split('.')[1])

    const withdrawn = await world.ownerCaller.post(path, { reason: 'sent to somebody else' })

    expect(withdrawn.json).toMatchObject({ id: json.id, agent: json.agent, delegates: true })
    const thief = await newCaller(service.url)
    expect(problem(await thief.post('/v1/enrolments/redeem', { ticket: json.ticket }))).toBe(
      '401 ticket_invalid',
    )
    const left = (await world.ownerCaller.get('/v1/enrolments')).json.items
    expect(left.map(({ id }: { id: string }) => id)).not.toContain(json.id)
    expect(problem(await world.ownerCaller.post(path, { reason: 'again' }))).toBe('200 undefined')
    const { items } = (await service.admin.get(`/v1/audit?limit=200&owner=${world.owner.id}`)).json
    const told = items.filter(({ action }: { action: string }) => action === 'enrolment.withdraw')
    expect(told).toMatchObject([
      { target: json.id, actor: world.ownerCaller.did, details: { reason: 'sent to somebody else' } },
    ])
  })

  it('cannot be withdrawn once it was used, which is said', async () => {
    const { json } = await invite()
    const newcomer = await newCaller(service.url)
    await newcomer.post('/v1/enrolments/redeem', { ticket: json.ticket })

    const late = await world.ownerCaller.post(`/v1/enrolments/${json.id}/withdraw`, { reason: 'odd' })

    expect(problem(late)).toBe('409 ticket_used')
    expect((await newcomer.get('/v1/whoami')).json).toMatchObject({ agent: json.agent })
  })

  it('is listed for its owner and those who look after all, page by page', async () => {
    const neighbour = await buildWorld(service.url, service.admin)
    for (let i = 0; i < 3; i++) await invite({ lifetimeSeconds: 100 + i })
    const mine = (await world.ownerCaller.get('/v1/enrolments')).json.items
    const paged: string[] = []
    for (let after = ''; ; ) {
      const { json } = await world.ownerCaller.get(`/v1/enrolments?limit=1${after}`)
      paged.push(...json.items.map(({ id }: { id: string }) => id))
      if (json.next === undefined) break
      after = `&after=${json.next}`
    }

    expect(paged).toEqual(mine.map(({ id }: { id: string }) => id))
    expect(mine[0].expiresAt < mine.at(-1).expiresAt).toBe(true)
    expect((await neighbour.ownerCaller.get('/v1/enrolments')).json.items).toEqual([])
    expect((await service.admin.get(`/v1/enrolments?owner=${neighbour.owner.id}`)).json.items).toEqual([])
    expect((await service.admin.get('/v1/enrolments')).json.items).toEqual(mine)
    expect(problem(await neighbour.ownerCaller.get(`/v1/enrolments?owner=${world.owner.id}`))).toBe(
      '403 forbidden',
    )
  })

  it('leaves no ticket in log, audit trail or database', async () => {
    const { json } = await invite({ delegation: READING })
    const newcomer = await newCaller(service.url)
    await newcomer.post('/v1/enrolments/redeem', { ticket: json.ticket })
    const { readdirSync, readFileSync } = await import('node:fs')
    const secret = json.ticket.split('.')[1]

    const holding = readdirSync(service.dataDir).filter((name) =>
      readFileSync(`${service.dataDir}/${name}`, 'latin1').includes(secret),
    )
    expect(holding).toEqual([])
    expect((await service.admin.get('/v1/audit?limit=200')).text).not.toContain(secret)
  })
})
