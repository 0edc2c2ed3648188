import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/server/routes/index.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  newCaller,
  send,
  startTestService,
} from '../helpers/issuer-service.ts'
import { buildWorld, registerRun, signRun, type World } from '../helpers/issuer-world.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService({ tenants: ['aaa'] })
})
beforeEach(async () => {
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

describe('a revoker whom one owner names', () => {
  const newAgent = (owner: string, did: string) => ({ owner, did, name: 'Decoy', purpose: 'none' })

  it('is not taken away by another owner who registers that DID as an agent [AA-05]', async () => {
    const { ownerCaller: mallory, owner } = world
    const soc = await newCaller(service.url)
    const victim = await addOwner(service.admin, { revokers: [soc.did] })

    const taken = await mallory.post('/v1/agents', newAgent(owner.id, soc.did))
    const control = await mallory.post('/v1/agents', newAgent(owner.id, (await newCaller(service.url)).did))
    const suspended = await soc.post(`/v1/owners/${victim.id}/suspend`, { reason: 'looks odd' })

    expect(taken).toMatchObject({ status: 409, json: { code: 'did_in_use' } })
    expect(control.status).toBe(201)
    expect(suspended).toMatchObject({ status: 200, json: { suspended: true } })
  })
})

describe('an agent that changes its key and is then given to another owner', () => {
  it('gets nothing in the name of the new one that only the owner before has granted [AA-05]', async () => {
    const { owner, agent, agentCaller, delegation } = world
    const control = await addAgent(service.url, service.admin, owner.id)
    const theirs = await addDelegation(service.admin, control.agent.id)
    const other = await addOwner(service.admin)
    const withNewKey = async (caller: typeof agentCaller, id: string) => {
      const next = await newCaller(service.url)
      await caller.post(`/v1/agents/${id}/keys`, { did: next.did, graceSeconds: 0 })
      return next
    }
    const mallory = await withNewKey(agentCaller, agent.id)
    const honest = await withNewKey(control.caller, control.agent.id)
    await service.admin.post(`/v1/agents/${agent.id}/transfer`, { owner: other.id, reason: 'moved' })

    const kept = await mallory.post(`/v1/delegations/${delegation.id}/credential`, {})
    const renewed = await honest.post(`/v1/delegations/${theirs.id}/credential`, {})

    expect(kept).toMatchObject({ status: 409, json: { code: 'delegation_ended' } })
    expect(renewed.status).toBe(200)
    expect((await mallory.get('/v1/delegations')).json.items.filter(isLive)).toEqual([])
  })

  const isLive = ({ state }: { readonly state: string }) => state !== 'revoked'
})

describe('a run under the id of something that belongs to another agent', () => {
  /** A second agent of the tenant, of another owner. */
  async function addRival() {
    const owner = await addOwner(service.admin)
    const { caller, agent } = await addAgent(service.url, service.admin, owner.id)
    return { caller, delegation: await addDelegation(service.admin, agent.id) }
  }

  it("does not end what stands under that agent's delegation [AA-05]", async () => {
    const { agentCaller, delegation } = world
    const rival = await addRival()
    const chain = await signRun([rival.delegation.chain[1]], rival.caller.signer, {
      credential: { id: delegation.id },
    })

    const squatted = await rival.caller.post('/v1/runs', { chain })
    await rival.caller.post(`/v1/runs/${delegation.id}/complete`)
    const run = await registerRun(agentCaller, delegation, { nth: 1 })

    expect(squatted).toMatchObject({ status: 409, json: { code: 'already_registered' } })
    expect(run).toMatchObject({ state: 'active', parent: delegation.id })
  })
})

describe('the trust entry that is shown when nobody names a tenant', () => {
  it('stays that of the first tenant, whatever later ones are called', async () => {
    const { json } = await send(`${service.url}/.well-known/procura`)

    expect(json).toMatchObject({ tenants: ['acme'], authority: service.initialized.tenant.authority })
  })
})

describe('calls that fail to prove who is calling', () => {
  let limited: Awaited<ReturnType<typeof startTestService>>

  beforeEach(async () => {
    limited = await startTestService({ unsignedPerMinute: 3 })
  })
  afterEach(() => limited.close())

  it('are limited, and do not keep others at the same address from the status', async () => {
    for (let i = 0; i < 3; i++) expect((await send(`${limited.url}/v1/whoami`)).status).toBe(401)

    expect((await send(`${limited.url}/v1/whoami`)).status).toBe(429)
    expect((await send(`${limited.url}/status/acme/head`)).status).toBe(200)
    expect(ROUTES.filter(({ access, path }) => access === 'public' && path.startsWith('/v1'))).toEqual([])
    expect(ROUTES.filter(({ access, path }) => access !== 'public' && !path.startsWith('/v1/'))).toEqual([])
  })

  it('are told by their answer: any number of signed ones may be under way at once', async () => {
    const calls = Array.from({ length: 12 }, () => limited.admin.get('/v1/whoami'))

    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(calls.map(() => 200))
  })
})

describe('the audit trail', () => {
  it('says to whom power over an owner is given', async () => {
    const [principal, revoker] = [await newCaller(service.url), await newCaller(service.url)]
    const owner = await addOwner(service.admin, { principal: principal.did, revokers: [revoker.did] })

    const { json } = await service.admin.get(`/v1/audit?owner=${owner.id}`)

    expect(json.items[0]).toMatchObject({
      action: 'owner.create',
      details: { principal: principal.did, revokers: [revoker.did] },
    })
  })
})
