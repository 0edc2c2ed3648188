import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseVcJwt } from '../../../src/securing/vc-jose/parse-vc-jwt.ts'
import {
  type Answer,
  addAgent,
  addDelegation,
  addOwner,
  MAIL_GRANT,
  newCaller,
  startTestService,
} from '../../helpers/issuer-service.ts'
import { buildWorld, registerRun, type World } from '../../helpers/issuer-world.ts'
import { acceptedValue } from '../../helpers/signers.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService()
})
beforeEach(async () => {
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

const OWNER = { name: 'Support', accountable: 'Ada Lovelace', entitlements: [MAIL_GRANT] }

function problem({ status, json }: Answer): string {
  return `${status} ${json.code}`
}

describe('an entitlement', () => {
  const create = (actions: readonly string[], more: object = {}) =>
    service.admin.post('/v1/owners', { ...OWNER, entitlements: [{ ...MAIL_GRANT, actions, ...more }] })

  it.each([
    ['a NUL', ['mail.read\u0000']],
    ['text that is reordered', ['mail.\u202edaer']],
    ['a line break', ['mail.read\n']],
    ['a letter that looks like another', ['m\u0430il.read']],
    ['a picture', ['mail.\u{1f4e7}']],
    ['nothing', []],
    ['more actions than one may have', Array.from({ length: 5_000 }, (_, i) => `mail.a${i}`)],
  ])('has no action of %s [IV-04]', async (_, actions) => {
    expect(problem(await create(actions))).toBe('422 invalid_request')
  })

  it('of 100,000 actions is not even read [IV-04]', async () => {
    const actions = Array.from({ length: 100_000 }, (_, i) => `mail.a${i}`)

    expect(problem(await create(actions))).toBe('413 body_too_large')
    expect((await create(['mail.read'])).status).toBe(201)
  })

  it('has no place of hidden or reordered text [IV-04]', async () => {
    for (const identifiers of [['inbox/\u202etxt'], ['inbox\u0000']]) {
      expect(problem(await create(['mail.read'], { identifiers }))).toBe('422 invalid_request')
    }
    expect((await create(['mail.read'], { identifiers: ['inbox/support'] })).status).toBe(201)
  })
})

describe('POST /v1/owners', () => {
  it('makes an owner whose credential names the accountable human only by an opaque id [I1, I2]', async () => {
    const { status, json, headers } = await service.admin.post('/v1/owners', {
      ...OWNER,
      team: 'support',
      assurance: 'mfa',
      environment: 'staging',
    })

    const { credential } = acceptedValue(parseVcJwt(json.credential))
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/v1/owners/${json.id}`)
    expect(json).toMatchObject({ accountableName: 'Ada Lovelace', state: 'active', suspended: false })
    expect(credential).toMatchObject({
      type: 'OwnerCredential',
      issuer: service.initialized.tenant.authority,
      subject: {
        id: json.did,
        accountable: json.accountable,
        team: 'support',
        assurance: 'mfa',
        environment: 'staging',
      },
    })
    expect(JSON.stringify(credential)).not.toContain('Ada')
    expect(json.accountable).toMatch(/^urn:uuid:/)
  })

  it('takes the environment of the tenant when none is named', async () => {
    const { json } = await service.admin.post('/v1/owners', OWNER)

    expect(json).toMatchObject({ environment: 'production', assurance: 'unspecified', revokers: [] })
  })

  it.each([
    { wrong: 'no name', body: { name: undefined }, at: '/name' },
    { wrong: 'nobody accountable', body: { accountable: undefined }, at: '/accountable' },
    { wrong: 'an empty accountable', body: { accountable: '' }, at: '/accountable' },
    { wrong: 'no entitlements', body: { entitlements: undefined }, at: '/entitlements' },
    {
      wrong: 'a malformed entitlement',
      body: { entitlements: [{ type: 'api' }] },
      at: '/entitlements/locations',
    },
    { wrong: 'a principal that is no key', body: { principal: 'did:web:evil.example' }, at: '/principal' },
    { wrong: 'a name that reorders text', body: { name: 'evil\u202Etxt' }, at: '/name' },
    { wrong: 'an environment with spaces', body: { environment: 'pro duction' }, at: '/environment' },
    { wrong: 'the id', body: { id: 'own_mine' }, at: '/id' },
    { wrong: 'the tenant', body: { tenant: 'globex' }, at: '/tenant' },
    { wrong: 'the state', body: { state: 'active', did: 'did:key:z6Mk' }, at: '/state' },
  ])('refuses $wrong [AA-10, IV-04]', async ({ body, at }) => {
    const answer = await service.admin.post('/v1/owners', { ...OWNER, ...body })

    expect(problem(answer)).toBe('422 invalid_request')
    expect(answer.json.errors[0].pointer).toBe(at)
  })

  it('refuses a principal that is the issuer itself, or that somebody else is [IV-02]', async () => {
    const { authority, statusIssuer } = service.initialized.tenant

    for (const principal of [authority, statusIssuer]) {
      expect(problem(await service.admin.post('/v1/owners', { ...OWNER, principal }))).toBe(
        '422 invalid_request',
      )
    }
    const principal = world.agentCaller.did
    expect(problem(await service.admin.post('/v1/owners', { ...OWNER, principal }))).toBe('409 did_in_use')
  })
})

describe('suspending an owner', () => {
  it('stops everything that would grow below, until an admin resumes [I11]', async () => {
    const path = `/v1/owners/${world.owner.id}`
    const suspended = await service.admin.post(`${path}/suspend`, { reason: 'leave of absence' })
    const agent = { owner: world.owner.id, did: (await newCaller(service.url)).did, name: 'n', purpose: 'p' }

    expect(suspended.json).toMatchObject({ state: 'active', suspended: true })
    expect(problem(await service.admin.post('/v1/agents', agent))).toBe('409 owner_suspended')
    expect((await service.admin.post(`${path}/resume`)).json.suspended).toBe(false)
    expect((await service.admin.post('/v1/agents', agent)).status).toBe(201)
  })

  it('is not undone by a lower rank', async () => {
    const revoker = await newCaller(service.url)
    await service.admin.post('/v1/principals', { did: revoker.did, role: 'revoker' })
    const path = `/v1/owners/${world.owner.id}`
    await service.admin.post(`${path}/suspend`, { reason: 'leave of absence' })

    expect(problem(await revoker.post(`${path}/resume`))).toBe('403 outranked')
    expect((await service.admin.get(path)).json.suspended).toBe(true)
  })
})

describe('offboarding an owner', () => {
  it('ends every agent, delegation and run below, and nobody else [L1, L8, I13, I14]', async () => {
    const { owner, agent, delegation, run, agentCaller, ownerCaller } = world
    const second = await addAgent(service.url, service.admin, owner.id)
    const other = await addDelegation(service.admin, second.agent.id)
    await registerRun(second.caller, other)
    const neighbour = await addOwner(service.admin)

    const answer = await service.admin.post(`/v1/owners/${owner.id}/offboard`, { reason: 'left the company' })

    expect(answer.json).toMatchObject({ ownerId: owner.id, agents: 2, delegations: 2, runs: 2 })
    expect((await service.admin.get(`/v1/owners/${owner.id}`)).json.state).toBe('offboarded')
    expect((await service.admin.get(`/v1/agents/${agent.id}`)).json.state).toBe('revoked')
    expect((await service.admin.get(`/v1/delegations/${delegation.id}`)).json.state).toBe('revoked')
    expect((await service.admin.get(`/v1/runs/${run.id}`)).json.state).toBe('revoked')
    expect((await agentCaller.get('/v1/whoami')).status).toBe(401)
    expect((await ownerCaller.get('/v1/whoami')).status).toBe(401)
    expect((await service.admin.get(`/v1/owners/${neighbour.id}`)).json.state).toBe('active')
  })

  it('says first what it would end, when it is asked to, and ends nothing', async () => {
    const { owner, agent } = world
    const path = `/v1/owners/${owner.id}/offboard`

    const dry = await service.admin.post(path, { reason: 'leaves soon', dryRun: true })

    expect(dry.json).toEqual({
      dryRun: true,
      agents: 1,
      delegations: 1,
      runs: 1,
      leasedIndexes: 8,
      firstAgents: [{ id: agent.id, name: agent.name }],
    })
    expect((await service.admin.get(`/v1/owners/${owner.id}`)).json.state).toBe('active')
    const done = await service.admin.post(path, { reason: 'left', dryRun: false })
    expect(done.json).toMatchObject({ agents: 1, delegations: 1, runs: 1 })
    expect((await service.admin.post(path, { reason: 'left', dryRun: true })).json.agents).toBe(0)
  })

  it('refuses an answer to the question that is neither yes nor no', async () => {
    const path = `/v1/owners/${world.owner.id}/offboard`

    expect(problem(await service.admin.post(path, { reason: 'left', dryRun: 'true' }))).toBe(
      '422 invalid_request',
    )
    expect((await service.admin.get(`/v1/owners/${world.owner.id}`)).json.state).toBe('active')
  })

  it('answers the same report when it is done again', async () => {
    const path = `/v1/owners/${world.owner.id}/offboard`
    const first = await service.admin.post(path, { reason: 'left' })

    expect((await service.admin.post(path, { reason: 'left' })).json).toEqual(first.json)
  })
})
