import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DelegationCredential, OwnerCredential } from '../../../src/model/credential.ts'
import { parseVcJwt } from '../../../src/securing/vc-jose/parse-vc-jwt.ts'
import {
  type Answer,
  addAgent,
  addDelegation,
  type Caller,
  newCaller,
  newSigner,
  startTestService,
} from '../../helpers/issuer-service.ts'
import { buildWorld, type World } from '../../helpers/issuer-world.ts'
import { acceptedValue } from '../../helpers/signers.ts'

const READ = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }
const SEND = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.send'] }

let service: Awaited<ReturnType<typeof startTestService>>
let world: World
let now = Date.now()

beforeAll(async () => {
  service = await startTestService({ clock: () => now })
})
beforeEach(async () => {
  now = Date.now()
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

function problem({ status, json }: Answer): string {
  return `${status} ${json.code}`
}

function linksOf({ json }: Answer): readonly [OwnerCredential, DelegationCredential] {
  const [owner, own] = json.chain.map((token: string) => acceptedValue(parseVcJwt(token)).credential)
  return [owner, own]
}

function credentialPath(id: string = world.delegation.id): string {
  return `/v1/delegations/${id}/credential`
}

async function rotate(body: object = {}, by: Caller = world.agentCaller) {
  const caller = await newCaller(service.url, await newSigner())
  const answer = await by.post(`/v1/agents/${world.agent.id}/keys`, { did: caller.did, ...body })
  return { answer, caller }
}

async function stateOf(id: string): Promise<string> {
  return (await service.admin.get(`/v1/delegations/${id}`)).json.state
}

describe('rotating the key of an agent', () => {
  it('keeps the identity; only the new key calls, and gets the same delegation for itself [I9] [I15]', async () => {
    const { answer, caller } = await rotate()

    expect(answer.json).toEqual({ ...world.agent, did: caller.did })
    expect(problem(await world.agentCaller.post(credentialPath(), {}))).toBe('401 unknown_principal')
    const renewed = await caller.post(credentialPath(), {})
    const [, before] = linksOf({ json: world.delegation } as Answer)
    const [, after] = linksOf(renewed)
    expect(after.subject.id).toBe(caller.did)
    expect(after.subject).toMatchObject({ agentId: world.agent.id, purpose: world.agent.purpose })
    expect(after.id).not.toBe(before.id)
    expect(after.status).not.toEqual(before.status)
    expect(after.validUntil).toBe(before.validUntil)
  })

  it('gives one successor, whoever asks and however often', async () => {
    const { caller } = await rotate()

    const answers = await Promise.all(Array.from({ length: 5 }, () => caller.post(credentialPath(), {})))
    const again = await caller.get(credentialPath())

    expect(new Set([...answers, again].map(({ json }) => json.chain[1])).size).toBe(1)
  })

  it('lets the old credential be presented until the grace ends, at most a day', async () => {
    const { answer } = await rotate({ graceSeconds: 86_401 })
    expect(problem(answer)).toBe('422 invalid_request')
    await rotate({ graceSeconds: 60 })

    const shown = (await service.admin.get(`/v1/delegations/${world.delegation.id}`)).json
    expect(Date.parse(shown.endsAt)).toBe(now + 60_000)
    expect(shown.state).toBe('active')
    now += 60_000
    await expect.poll(() => stateOf(world.delegation.id), { timeout: 10_000 }).toBe('revoked')
    const { items } = (await service.admin.get(`/v1/audit?agent=${world.agent.id}&limit=200`)).json
    expect(items.at(-1)).toMatchObject({ action: 'delegation.end', role: 'service' })
  })

  it('keeps nobody from narrowing: the old key holds the wide delegation no longer, its grace or not [I6]', async () => {
    const { caller } = await rotate({ graceSeconds: 3600 })
    await caller.post(credentialPath(), {})
    expect(await stateOf(world.delegation.id)).toBe('active')

    const narrowed = await service.admin.patch(`/v1/delegations/${world.delegation.id}`, {
      authorizationDetails: [{ ...READ, identifiers: ['inbox'] }],
    })

    expect(narrowed.status).toBe(200)
    expect(await stateOf(world.delegation.id)).toBe('revoked')
    const [, own] = linksOf(await caller.post(credentialPath(), {}))
    expect(own.subject.authorizationDetails).toMatchObject([{ identifiers: ['inbox'] }])
  })

  it('revokes at once without a grace, and the new key still gets its own', async () => {
    const { caller } = await rotate({ graceSeconds: 0 })

    expect(await stateOf(world.delegation.id)).toBe('revoked')
    const answer = await caller.post(credentialPath(), {})
    expect(answer.status).toBe(200)
    expect(await stateOf(linksOf(answer)[1].id)).toBe('active')
  })

  it('is done by the agent, its owner and an admin, with a usable key that nobody else has', async () => {
    const other = await addAgent(service.url, service.admin, world.owner.id)

    expect((await rotate({}, world.ownerCaller)).answer.status).toBe(200)
    expect((await rotate({}, service.admin)).answer.status).toBe(200)
    expect(problem((await rotate({}, other.caller)).answer)).toBe('403 forbidden')
    expect(problem((await rotate({ did: other.agent.did }, service.admin)).answer)).toBe('409 did_in_use')
    expect(problem((await rotate({ did: service.admin.did }, service.admin)).answer)).toBe('409 did_in_use')
    expect(problem((await rotate({ did: 'did:web:x.example' }, service.admin)).answer)).toBe(
      '422 invalid_request',
    )
  })

  it('is refused to the agent while a hold stands on it or its owner, and done for it by others', async () => {
    const [agent, owner] = [`/v1/agents/${world.agent.id}`, `/v1/owners/${world.owner.id}`]
    await service.admin.post(`${agent}/suspend`, { reason: 'odd' })

    expect(problem((await rotate()).answer)).toBe('409 agent_suspended')
    const { answer, caller } = await rotate({}, world.ownerCaller)
    expect(answer.json).toMatchObject({ did: caller.did, suspended: true })

    await service.admin.post(`${owner}/suspend`, { reason: 'odd' })
    await service.admin.post(`${agent}/resume`, {})
    expect(problem((await rotate({}, caller)).answer)).toBe('409 owner_suspended')
    expect(problem((await rotate({}, world.ownerCaller)).answer)).toBe('409 owner_suspended')
    expect((await service.admin.get(agent)).json.did).toBe(caller.did)
    expect((await rotate({}, service.admin)).answer.status).toBe(200)
  })

  it('takes the DID on the word of the caller: it is good for whoever has that key, and for nobody else', async () => {
    const stranger = await newCaller(service.url, await newSigner())
    const { answer } = await rotate({ did: stranger.did }, world.ownerCaller)

    expect(answer.json.did).toBe(stranger.did)
    expect(problem(await world.agentCaller.get('/v1/whoami'))).toBe('401 unknown_principal')
    expect((await world.ownerCaller.get('/v1/whoami')).json.role).toBe('owner')
    expect((await stranger.get('/v1/whoami')).json).toMatchObject({ role: 'agent', agent: world.agent.id })
  })

  it('is ended with the delegation by its old id', async () => {
    const { caller } = await rotate()
    const successor = linksOf(await caller.post(credentialPath(), {}))[1].id

    await service.admin.post(`/v1/delegations/${world.delegation.id}/revoke`, { reason: 'leaked' })

    expect(await stateOf(successor)).toBe('revoked')
    expect(problem(await caller.post(credentialPath(), {}))).toBe('409 delegation_ended')
  })

  it('gives nothing anew of an agent that was revoked', async () => {
    const { caller } = await rotate()
    await service.admin.post(`/v1/agents/${world.agent.id}/revoke`, { reason: 'over' })

    expect(problem(await caller.post(credentialPath(), {}))).toBe('401 unknown_principal')
    expect(problem(await service.admin.post(credentialPath(), {}))).toBe('409 agent_ended')
  })

  it('can be done again before anybody asked for the successor', async () => {
    await rotate()
    const { caller } = await rotate({}, service.admin)

    const [, own] = linksOf(await caller.post(credentialPath(), {}))
    expect(own.subject.id).toBe(caller.did)
  })

  it('can be done again after the successor was made', async () => {
    const first = await rotate()
    const successor = linksOf(await first.caller.post(credentialPath(), {}))[1].id
    const { caller } = await rotate({}, first.caller)

    const [, own] = linksOf(await caller.post(credentialPath(), {}))
    expect(own.subject.id).toBe(caller.did)
    expect(own.id).not.toBe(successor)
  })

  it('is over for what ran out meanwhile, unless the owner brings it back', async () => {
    const { caller } = await rotate()
    now = Date.parse(world.delegation.validUntil) + 1

    expect(problem(await caller.post(credentialPath(), {}))).toBe('409 delegation_expired')
    expect((await world.ownerCaller.post(credentialPath(), {})).status).toBe(200)
    expect((await caller.post(credentialPath(), {})).status).toBe(200)
  })
})

describe('rotating the key of an owner', () => {
  const path = () => `/v1/owners/${world.owner.id}/keys`

  it('gives another DID, and to the agents the same delegations under it [I9]', async () => {
    const rotated = await world.ownerCaller.post(path(), {})

    expect(rotated.json).toMatchObject({ id: world.owner.id, accountable: world.owner.accountable })
    expect(rotated.json.did).not.toBe(world.owner.did)
    const [owner, own] = linksOf(await world.agentCaller.post(credentialPath(), {}))
    expect(owner.subject.id).toBe(rotated.json.did)
    expect(own.issuer).toBe(rotated.json.did)
    expect(own.subject.id).toBe(world.agent.did)
    expect(await stateOf(world.delegation.id)).toBe('active')
  })

  it('revokes what rests on the old key at once without a grace', async () => {
    await service.admin.post(path(), { graceSeconds: 0 })

    expect(await stateOf(world.delegation.id)).toBe('revoked')
    expect((await world.agentCaller.post(credentialPath(), {})).status).toBe(200)
  })

  it('is refused to an owner who is suspended; an admin does it, and the credential comes when the hold is gone', async () => {
    const owner = `/v1/owners/${world.owner.id}`
    await service.admin.post(`${owner}/suspend`, { reason: 'odd' })

    expect(problem(await world.ownerCaller.post(path(), {}))).toBe('409 owner_suspended')
    expect((await service.admin.get(owner)).json.did).toBe(world.owner.did)

    const { status, json } = await service.admin.post(path(), {})
    expect([status, json.suspended, json.credential]).toEqual([200, true, undefined])
    expect(json.did).not.toBe(world.owner.did)
    await service.admin.post(`${owner}/resume`, {})
    const [credential] = linksOf(await world.agentCaller.post(credentialPath(), {}))
    expect(credential.subject.id).toBe(json.did)
  })

  it('is for the owner and admins', async () => {
    expect(problem(await world.agentCaller.post(path(), {}))).toBe('403 forbidden')
    expect((await service.admin.post(path(), {})).status).toBe(200)
  })
})

describe('what an owner holds', () => {
  const path = () => `/v1/owners/${world.owner.id}`

  async function rootOf(): Promise<OwnerCredential> {
    return linksOf(await world.agentCaller.post(credentialPath(), {}))[0]
  }

  it('grows under the same index, and the credential in force stays good [I3] [I4]', async () => {
    const before = await rootOf()
    const entitlements = [...world.owner.entitlements, { ...SEND, locations: ['https://chat.example/'] }]

    const answer = await service.admin.patch(path(), { entitlements })

    const after = await rootOf()
    expect(answer.json.entitlements).toEqual(entitlements)
    expect(after).toMatchObject({ id: before.id, status: before.status })
    expect(after.subject.authorizationDetails).toHaveLength(before.subject.authorizationDetails.length + 1)
  })

  it('shrinks under another index, and the credential before is revoked with it [I3] [I4]', async () => {
    const before = await rootOf()

    const answer = await service.admin.patch(path(), { entitlements: [READ] })

    expect(answer.status).toBe(200)
    const after = await rootOf()
    expect(after.status).not.toEqual(before.status)
    expect(after.subject.authorizationDetails).toHaveLength(1)
    const { items } = (await service.admin.get(`/v1/audit?owner=${world.owner.id}&limit=200`)).json
    const told = items.find(({ action }: { action: string }) => action === 'owner.update')
    expect(told.details).toEqual({ changed: ['entitlements'], revoked: before.id })
  })

  it('shrinks in chains under an earlier key as well, its grace or not [I3]', async () => {
    const earlier = await rootOf()
    await world.ownerCaller.post(`${path()}/keys`, { graceSeconds: 3600 })
    const present = await rootOf()

    await service.admin.patch(path(), { entitlements: [READ] })

    const { items } = (await service.admin.get(`/v1/audit?owner=${world.owner.id}&limit=200`)).json
    const told = items.find(({ action }: { action: string }) => action === 'owner.update')
    expect(told.details).toEqual({ changed: ['entitlements'], revoked: present.id, others: [earlier.id] })
    expect((await rootOf()).subject.authorizationDetails).toHaveLength(1)
  })

  it('shrinks for an owner who is suspended, too, without a credential until the hold is gone', async () => {
    await service.admin.post(`${path()}/suspend`, { reason: 'odd' })

    const { status, json } = await service.admin.patch(path(), { entitlements: [READ] })

    expect([status, json.suspended, json.credential]).toEqual([200, true, undefined])
    await service.admin.post(`${path()}/resume`, {})
    expect((await rootOf()).subject.authorizationDetails).toHaveLength(1)
  })

  it('limits what is delegated from now on', async () => {
    await service.admin.patch(path(), { entitlements: [READ] })

    const wide = { agent: world.agent.id, authorizationDetails: [SEND] }
    expect(problem(await service.admin.post('/v1/delegations', wide))).toBe('422 exceeds_entitlements')
    const narrow = { agent: world.agent.id, authorizationDetails: [READ] }
    expect((await service.admin.post('/v1/delegations', narrow)).status).toBe(201)
  })

  it('keeps its credential when only the registry changes', async () => {
    const before = await rootOf()

    expect((await service.admin.patch(path(), { name: 'Post' })).json.name).toBe('Post')
    expect((await service.admin.patch(path(), {})).json.name).toBe('Post')
    expect(await rootOf()).toMatchObject({ id: before.id, status: before.status })
  })

  it('forgets as whom an identity provider knew the human before, unless it is told anew', async () => {
    const subject = { issuer: 'https://login.example', subject: 'ada' }
    expect((await service.admin.patch(path(), { subject })).json.subject).toEqual(subject)
    expect((await service.admin.patch(path(), { assurance: 'mfa' })).json.subject).toEqual(subject)
    expect((await service.admin.patch(path(), { accountable: 'Alan' })).json.subject).toBeUndefined()
    const both = await service.admin.patch(path(), { accountable: 'Emmy', subject })
    expect(both.json.subject).toEqual(subject)
    expect((await service.admin.patch(path(), { subject: null })).json.subject).toBeUndefined()
  })

  it('names another accountable human by another id, and forgets a team [I2]', async () => {
    const team = await service.admin.patch(path(), { team: 'support' })
    const answer = await service.admin.patch(path(), { accountable: 'Grace Hopper', team: null })

    expect(team.json.team).toBe('support')
    expect(answer.json).toMatchObject({ accountableName: 'Grace Hopper' })
    expect(answer.json.accountable).not.toBe(world.owner.accountable)
    expect(answer.json).not.toHaveProperty('team')
    expect((await rootOf()).subject.accountable).toBe(answer.json.accountable)
  })

  it('is changed by an admin, and only to what is well-formed', async () => {
    expect(problem(await world.ownerCaller.patch(path(), { name: 'Mine' }))).toBe('403 forbidden')
    expect(problem(await service.admin.patch(path(), { entitlements: [] }))).toBe('422 invalid_request')
    expect(problem(await service.admin.patch(path(), { state: 'offboarded' }))).toBe('422 invalid_request')
    expect(problem(await service.admin.patch(path(), { entitlements: [{ type: 'api' }] }))).toBe(
      '422 invalid_request',
    )
  })
})

describe('narrowing a delegation', () => {
  const path = (id: string) => `/v1/delegations/${id}`

  async function wide(): Promise<Answer['json']> {
    const limit = { kind: 'one_of', on: 'folder', values: ['inbox', 'sent'] }
    const details = [{ ...READ, constraints: [limit] }]
    return addDelegation(service.admin, world.agent.id, { authorizationDetails: details, maxDepth: 2 })
  }

  it('takes a new index and revokes the one before; limits that are not mentioned stay [I6]', async () => {
    const { id } = await wide()

    const answer = await world.ownerCaller.patch(path(id), {
      authorizationDetails: [{ ...READ, identifiers: ['inbox/support'] }],
      maxDepth: 1,
    })

    expect(answer.json).toMatchObject({
      state: 'active',
      predecessor: id,
      maxDepth: 1,
      agent: world.agent.id,
    })
    expect(await stateOf(id)).toBe('revoked')
    const [, own] = linksOf(await world.agentCaller.post(credentialPath(id), {}))
    expect(own.id).toBe(answer.json.id)
    const [grant] = own.subject.authorizationDetails === 'inherit' ? [] : own.subject.authorizationDetails
    expect(grant?.identifiers).toEqual(['inbox/support'])
    expect(grant?.constraints).toHaveLength(1)
  })

  it.each([
    ['actions', { authorizationDetails: [SEND] }],
    [
      'one_of',
      { authorizationDetails: [{ ...READ, constraints: [{ kind: 'one_of', on: 'folder', values: ['x'] }] }] },
    ],
    ['maxDepth', { maxDepth: 3 }],
    ['lifetimeSeconds', { lifetimeSeconds: 86_401 }],
  ])('refuses to widen it in %s', async (dimension, changes) => {
    const { id } = await wide()

    const answer = await service.admin.patch(path(id), changes)

    expect(problem(answer)).toBe('422 exceeds_delegation')
    expect(answer.json.dimension).toBe(dimension)
    expect(await stateOf(id)).toBe('active')
  })

  it('of one that inherits states what is left of it', async () => {
    const { id } = (await service.admin.post('/v1/delegations', { agent: world.agent.id, inherit: true }))
      .json

    const answer = await service.admin.patch(path(id), { authorizationDetails: [READ] })

    expect(answer.json.authorizationDetails).toEqual([READ])
    expect(answer.json).not.toHaveProperty('inherit')
  })

  it('to what it is changes nothing', async () => {
    const { id } = await wide()

    expect((await service.admin.patch(path(id), { maxDepth: 2 })).json.id).toBe(id)
    expect(await stateOf(id)).toBe('active')
  })

  it('is for admins and the owner, and not for what has ended', async () => {
    const { id } = await wide()

    expect(problem(await world.agentCaller.patch(path(id), { maxDepth: 0 }))).toBe('403 forbidden')
    await service.admin.post(`${path(id)}/revoke`, { reason: 'over' })
    expect(problem(await service.admin.patch(path(id), { maxDepth: 0 }))).toBe('409 delegation_ended')
  })
})
