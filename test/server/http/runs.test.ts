import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Did } from '../../../src/model/did.ts'
import { parseVcJwt } from '../../../src/securing/vc-jose/parse-vc-jwt.ts'
import {
  type Answer,
  addDelegation,
  didOf,
  MAIL_GRANT,
  newSigner,
  startTestService,
} from '../../helpers/issuer-service.ts'
import { buildWorld, type RunChanges, registerRun, signRun, type World } from '../../helpers/issuer-world.ts'
import { acceptedValue, mallory } from '../../helpers/signers.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService()
})
beforeEach(async () => {
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

function problem({ status, json }: Answer): string {
  const { code, dimension } = json.refusal ?? {}
  return [status, json.code, code, dimension].filter((part) => part !== undefined).join(' ')
}

/** Registers a run under the second leased index, changed as told. */
async function register(changes: RunChanges = {}): Promise<Answer> {
  const { agentCaller, delegation } = world
  const chain = await signRun([delegation.chain[1]], agentCaller.signer, { nth: 1, ...changes })
  return agentCaller.post('/v1/runs', { chain })
}

describe('POST /v1/runs', () => {
  it('registers what the agent signed, under its delegation, with its lineage [E1, E4]', async () => {
    const { status, json } = await register({ subject: { name: 'triage #4711' } })

    expect(status).toBe(201)
    expect(json).toMatchObject({
      kind: 'Run',
      name: 'triage #4711',
      delegation: world.delegation.id,
      parent: world.delegation.id,
      lineage: { rootTask: 'triage', run: 'run-1' },
      position: { list: world.delegation.position.list, index: world.delegation.lease[1] },
      state: 'active',
    })
  })

  it('answers the same when the same run is registered again', async () => {
    const { agentCaller, delegation } = world
    const chain = await signRun([delegation.chain[1]], agentCaller.signer, { nth: 1 })
    const first = await agentCaller.post('/v1/runs', { chain })

    expect((await agentCaller.post('/v1/runs', { chain })).json).toEqual(first.json)
  })

  it('registers a run of a sub-agent, and refuses one of a sub-agent that has ended [E8]', async () => {
    const { agentCaller, agent } = world
    const deep = await addDelegation(service.admin, agent.id, { maxDepth: 2 })
    const helper = await newSigner()
    const lease = acceptedValue(parseVcJwt(deep.chain[1])).credential.subject.statusLease[0]
    const subject = {
      kind: 'SubAgent' as const,
      id: didOf(helper) as Did,
      maxDepth: 1,
      statusLease: lease === undefined ? [] : [{ ...lease, indexes: lease.indexes.slice(1) }],
    }
    const parent = await signRun([deep.chain[1]], agentCaller.signer, { subject })
    const child = await signRun(parent, helper, {})
    const sub = await agentCaller.post('/v1/runs', { chain: parent })
    const run = await agentCaller.post('/v1/runs', { chain: child })
    await agentCaller.post(`/v1/runs/${sub.json.id}/revoke`, { reason: 'done' })

    expect(sub.json).toMatchObject({ kind: 'SubAgent', parent: deep.id })
    expect(run.json).toMatchObject({ kind: 'Run', parent: sub.json.id, delegation: deep.id })
    const late = await agentCaller.post('/v1/runs', { chain: await signRun(parent, helper, { nth: 1 }) })
    expect(problem(late)).toBe('409 run_ended')
  })

  it.each<{ wrong: string; changes: RunChanges; says: string }>([
    { wrong: 'a signature of somebody else', changes: { signer: mallory }, says: 'key_not_authorized kid' },
    {
      wrong: 'more than the agent holds',
      changes: { subject: { authorizationDetails: [grantOf('mail.delete')] } },
      says: 'capability_escalated actions',
    },
    {
      wrong: 'another parent',
      changes: {
        subject: {
          parent: { id: 'urn:uuid:00000000-0000-4000-8000-000000000000', digest: `zQm${'1'.repeat(44)}` },
        },
      },
      says: 'chain_broken credentialSubject.parent.id',
    },
    {
      wrong: 'a life longer than its parent',
      changes: { credential: { validUntil: Date.now() + 9e7 } },
      says: 'chain_broken validUntil',
    },
    {
      wrong: 'the depth of its parent',
      changes: { subject: { maxDepth: 1 } },
      says: 'depth_exceeded credentialSubject.maxDepth',
    },
    {
      wrong: 'an index that was not leased',
      changes: { credential: { status: statusAt(131_071) } },
      says: 'status_invalid credentialStatus',
    },
  ])('refuses $wrong', async ({ changes, says }) => {
    const { status, ...rest } = changes.credential ?? {}
    const { revocationList } = world.delegation
    const own = status && {
      ...status,
      revocation: revocationList,
      suspension: revocationList.replace('/r', '/s'),
    }
    const credential = { ...rest, ...(own && { status: own }) }

    const answer = await register({ ...changes, credential })

    expect(problem(answer)).toBe(`422 chain_refused ${says}`)
    expect((await register()).status).toBe(201)
  })

  it('refuses what has expired', async () => {
    const credential = { validFrom: Date.now() - 90_000, validUntil: Date.now() - 40_000 }
    const past = await addDelegation(service.admin, world.agent.id)
    const chain = await signRun([past.chain[1]], world.agentCaller.signer, { credential })

    expect(problem(await world.agentCaller.post('/v1/runs', { chain }))).toBe(
      '422 chain_refused chain_broken validFrom',
    )
  })

  it('refuses an index that another run has, and a key that another run has [E2]', async () => {
    const taken = await register({ nth: 0 })
    const subject = { id: world.run.subject }

    expect(problem(taken)).toBe('409 already_registered')
    expect(problem(await register({ subject }))).toBe('409 did_in_use')
  })

  it('refuses a chain of one, of garbage, and one that does not begin with a delegation', async () => {
    const { agentCaller, delegation } = world
    const [owner, link] = delegation.chain

    expect(problem(await agentCaller.post('/v1/runs', { chain: [link] }))).toBe('422 invalid_request')
    expect(problem(await agentCaller.post('/v1/runs', { chain: [link, 'x'] }))).toBe(
      '422 chain_refused malformed token',
    )
    expect((await agentCaller.post('/v1/runs', { chain: ['x', link] })).status).toBe(422)
    expect(problem(await agentCaller.post('/v1/runs', { chain: [owner, link] }))).toBe('404 not_found')
  })

  it("refuses under a delegation that is revoked or suspended, and under another agent's", async () => {
    const neighbour = await buildWorld(service.url, service.admin)
    const chain = await signRun([neighbour.delegation.chain[1]], neighbour.agentCaller.signer, { nth: 2 })
    const path = `/v1/delegations/${world.delegation.id}`

    expect(problem(await world.agentCaller.post('/v1/runs', { chain }))).toBe('403 forbidden')
    await service.admin.post(`${path}/suspend`, { reason: 'odd hours' })
    expect(problem(await register())).toBe('409 delegation_suspended')
    await service.admin.post(`${path}/resume`)
    expect((await register()).status).toBe(201)
    await service.admin.post(`${path}/revoke`, { reason: 'done' })
    expect(problem(await register({ nth: 2 }))).toBe('409 delegation_ended')
  })
})

describe('the end of a run', () => {
  it('is its completion, by the agent itself [E6]', async () => {
    const path = `/v1/runs/${world.run.id}`
    const done = await world.agentCaller.post(`${path}/complete`)

    expect(done.json.state).toBe('completed')
    expect((await world.agentCaller.post(`${path}/complete`)).status).toBe(200)
    expect((await world.agentCaller.post(`${path}/revoke`, { reason: 'late' })).json.state).toBe('completed')
  })

  it('is its revocation, after which it cannot be completed', async () => {
    const path = `/v1/runs/${world.run.id}`
    const revoked = await world.ownerCaller.post(`${path}/revoke`, { reason: 'leaked' })

    expect(revoked.json.state).toBe('revoked')
    expect(problem(await world.agentCaller.post(`${path}/complete`))).toBe('409 run_ended')
  })
})

describe('GET /v1/runs', () => {
  it('lists by delegation and by parent [L7]', async () => {
    const second = await registerRun(world.agentCaller, world.delegation, { nth: 1 })

    const byDelegation = await service.admin.get(`/v1/runs?delegation=${world.delegation.id}`)
    const byParent = await service.admin.get(`/v1/runs?parent=${world.delegation.id}&limit=1`)

    expect(byDelegation.json.items.map(({ id }: { id: string }) => id)).toEqual([world.run.id, second.id])
    expect(byParent.json.items).toHaveLength(1)
    expect(byParent.json.next).toBeDefined()
  })
})

function grantOf(action: string) {
  const [origin, path] = ['https://mail.example', '/']
  const { type } = MAIL_GRANT
  return {
    type,
    supported: true,
    locations: [{ origin, path }],
    actions: [action],
    constraints: [],
    inheritable: true,
  }
}

/** The lists are those of the test's own delegation. */
function statusAt(index: number) {
  return { revocation: '', suspension: '', index }
}
