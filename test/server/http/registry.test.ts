import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeJcs } from '../../../src/core/jcs.ts'
import { type Answer, newCaller, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, type World } from '../../helpers/issuer-world.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService()
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

function problem({ status, json }: Answer): string {
  return `${status} ${json.code}`
}

describe('whoami', () => {
  it('says tenant, role and whose agent it is', async () => {
    const { owner, agent, ownerCaller, agentCaller } = world

    expect((await service.admin.get('/v1/whoami')).json).toEqual({
      tenant: 'acme',
      did: service.admin.did,
      role: 'admin',
    })
    expect((await ownerCaller.get('/v1/whoami')).json).toMatchObject({ role: 'owner', owner: owner.id })
    expect((await agentCaller.get('/v1/whoami')).json).toMatchObject({ owner: owner.id, agent: agent.id })
  })
})

describe('principals', () => {
  it('are given a role and lose it, for good', async () => {
    const auditor = await newCaller(service.url)
    const path = `/v1/principals/${encodeURIComponent(auditor.did)}`
    const added = await service.admin.post('/v1/principals', { did: auditor.did, role: 'auditor' })
    const listed = await service.admin.get('/v1/principals')

    expect(added.json).toEqual({ tenant: 'acme', did: auditor.did, role: 'auditor' })
    expect(listed.json.items).toContainEqual(added.json)
    expect((await auditor.get('/v1/audit')).status).toBe(200)
    expect((await service.admin.delete(path)).status).toBe(200)
    expect(problem(await auditor.get('/v1/audit'))).toBe('401 unknown_principal')
    expect(problem(await service.admin.delete(path))).toBe('404 not_found')
    const again = await service.admin.post('/v1/principals', { did: auditor.did, role: 'admin' })
    expect(problem(again)).toBe('409 did_in_use')
  })

  it('never lose their last administrator', async () => {
    const own = `/v1/principals/${service.admin.did}`
    expect(problem(await service.admin.delete(own))).toBe('409 last_admin')

    const second = await newCaller(service.url)
    await service.admin.post('/v1/principals', { did: second.did, role: 'admin' })
    expect((await second.delete(`/v1/principals/${second.did}`)).status).toBe(200)
  })

  it('cannot be owners or agents, and cannot be the issuer', async () => {
    const { did } = await newCaller(service.url)

    expect(problem(await service.admin.post('/v1/principals', { did, role: 'agent' }))).toBe(
      '422 invalid_request',
    )
    const issuer = service.initialized.tenant.authority
    expect(problem(await service.admin.post('/v1/principals', { did: issuer, role: 'admin' }))).toBe(
      '422 invalid_request',
    )
  })
})

describe('the audit trail', () => {
  it('names actor, owner and agent of every change, in one chain of digests [I2, I7, A1]', async () => {
    const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }
    const answer = await world.ownerCaller.post(
      `/v1/delegations/${world.delegation.id}/revoke`,
      { reason: 'done' },
      { headers },
    )
    const { json } = await service.admin.get('/v1/audit?limit=200')

    const last = json.items.at(-1)
    expect(last).toMatchObject({
      action: 'delegation.revoke',
      target: world.delegation.id,
      actor: world.ownerCaller.did,
      role: 'owner',
      ownerId: world.owner.id,
      agentId: world.agent.id,
      requestId: answer.headers.get('x-request-id'),
      traceparent: headers.traceparent,
      details: { reason: 'done' },
    })
    for (const [i, { hash, ...entry }] of json.items.entries()) {
      expect(createHash('sha256').update(encodeJcs(entry)).digest('base64url')).toBe(hash)
      if (i > 0) expect(entry.prev).toBe(json.items[i - 1].hash)
    }
  })

  it.each([
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    '01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'x'.repeat(55),
  ])('leaves out the malformed traceparent %s', async (traceparent) => {
    const { agent } = await buildWorld(service.url, service.admin)
    await service.admin.post(
      `/v1/agents/${agent.id}/revoke`,
      { reason: 'done' },
      { headers: { traceparent } },
    )

    const { json } = await service.admin.get(`/v1/audit?agent=${agent.id}&limit=200`)
    expect(json.items.at(-1).action).toBe('agent.revoke')
    expect(json.items.at(-1)).not.toHaveProperty('traceparent')
  })

  it('is found by owner and by agent, and read in pages', async () => {
    const { owner, agent } = await buildWorld(service.url, service.admin)
    const byOwner = await service.admin.get(`/v1/audit?owner=${owner.id}`)
    const byAgent = await service.admin.get(`/v1/audit?agent=${agent.id}`)
    const first = await service.admin.get(`/v1/audit?owner=${owner.id}&limit=2`)
    const rest = await service.admin.get(`/v1/audit?owner=${owner.id}&after=${first.json.next}`)

    expect(byOwner.json.items.map(({ action }: { action: string }) => action)).toEqual([
      'owner.create',
      'owner_credential.plan',
      'owner_credential.issue',
      'agent.create',
      'delegation.plan',
      'delegation.issue',
      'run.register',
    ])
    expect(byAgent.json.items).toEqual(byOwner.json.items.slice(3))
    expect([...first.json.items, ...rest.json.items]).toEqual(byOwner.json.items)
  })
})
