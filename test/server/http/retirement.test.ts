import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addDelegation, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, type World } from '../../helpers/issuer-world.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService()
})
beforeEach(async () => {
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

const REQUEST = { reason: 'the project is over', trigger: 'project_end', ticket: 'CHG-4711' }

const NONE = { lapsed: 0, ownerLapsed: 0, earlierOwnerKey: 0, unreleased: 0, more: 0 }

const OTHER_KEY = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'

function path(): string {
  return `/v1/agents/${world.agent.id}`
}

async function trail() {
  const { json } = await service.admin.get(`/v1/audit?agent=${world.agent.id}&limit=200`)
  return json.items
}

describe('retiring an agent', () => {
  it('has a verifier refuse each dead chain as revoked, and records trigger, ticket and what was found [D1] [D3]', async () => {
    const second = await addDelegation(service.admin, world.agent.id, { mechanism: 'eddsa-jcs-2022' })

    const { status, json } = await service.admin.post(`${path()}/retire`, REQUEST)

    expect(status).toBe(200)
    expect(json).toMatchObject({
      action: 'agent.retire',
      ownerId: world.owner.id,
      agentId: world.agent.id,
      details: { ...REQUEST, verified: true, liveDelegations: 0, activeRuns: 0, unpresented: NONE },
    })
    expect(json.details.presented).toMatchObject([
      { id: world.delegation.id, code: 'revoked', link: 1 },
      { id: second.id, code: 'revoked', link: 1 },
    ])
    expect(json.details.head.seq).toBeGreaterThan(0)
    expect((await service.admin.get(path())).json.state).toBe('revoked')
  })

  it('blocks, revokes and verifies in this order [D2]', async () => {
    await service.admin.post(`${path()}/retire`, REQUEST)

    const actions = (await trail()).map(({ action }: { action: string }) => action)
    expect(actions.slice(-3)).toEqual(['agent.suspend', 'agent.revoke', 'agent.retire'])
  })

  it('shows the evidence, which is under a checkpoint like every entry, and is the same when asked again [D3]', async () => {
    const { json } = await world.ownerCaller.post(`${path()}/retire`, REQUEST)

    expect((await world.ownerCaller.get(`${path()}/evidence`)).json).toEqual({ retirement: json })
    expect((await service.admin.post(`${path()}/retire`, REQUEST)).json).toEqual(json)
    expect((await trail()).at(-1)).toEqual(json)
  })

  it.each<[of: string, rotation: () => readonly [string, object], presented: object[], unpresented: object]>([
    ['the agent', () => [`${path()}/keys`, { did: OTHER_KEY }], [{ code: 'revoked', link: 1 }], NONE],
    ['the owner', () => [`/v1/owners/${world.owner.id}/keys`, {}], [{ code: 'revoked', link: 1 }], NONE],
    [
      'the owner without a grace',
      () => [`/v1/owners/${world.owner.id}/keys`, { graceSeconds: 0 }],
      [],
      { ...NONE, earlierOwnerKey: 1 },
    ],
  ])('is verified after the key of %s was rotated', async (_, rotation, presented, unpresented) => {
    const [route, body] = rotation()
    await service.admin.post(route, body)

    const { json } = await service.admin.post(`${path()}/retire`, REQUEST)

    expect(json.details).toMatchObject({ verified: true, presented, unpresented })
  })

  it('works for an agent that is revoked already', async () => {
    await service.admin.post(`${path()}/revoke`, { reason: 'risk' })

    const { json } = await service.admin.post(`${path()}/retire`, { reason: 'risk', trigger: 'risk' })

    expect(json.details).toMatchObject({ verified: true, presented: [{ code: 'revoked' }] })
  })

  it('is verified whoever else is on hold: a known revocation always wins', async () => {
    await service.admin.post(`/v1/owners/${world.owner.id}/suspend`, { reason: 'leave' })

    const { json } = await service.admin.post(`${path()}/retire`, REQUEST)

    expect(json.details.presented).toMatchObject([{ code: 'revoked', link: 1 }])
  })

  it('is signed off by the owner, once, with the evidence by its number and hash [D4]', async () => {
    const { json } = await service.admin.post(`${path()}/retire`, REQUEST)

    const signed = await world.ownerCaller.post(`${path()}/sign-off`, { note: 'seen' })
    const again = await world.ownerCaller.post(`${path()}/sign-off`, {})

    expect(signed.json).toMatchObject({
      action: 'agent.sign_off',
      role: 'owner',
      actor: world.ownerCaller.did,
      details: { evidence: { seq: json.seq, hash: json.hash }, note: 'seen' },
    })
    expect(again.json).toEqual(signed.json)
    const shown = await service.admin.get(`${path()}/evidence`)
    expect(shown.json).toEqual({ retirement: json, signOff: signed.json })
  })

  it('is signed off by an admin for an owner who does not call, not by the agent, and not before there is evidence', async () => {
    expect((await world.ownerCaller.post(`${path()}/sign-off`, {})).status).toBe(404)
    expect((await world.agentCaller.post(`${path()}/sign-off`, {})).status).toBe(403)
    await service.admin.post(`${path()}/retire`, REQUEST)

    expect((await service.admin.post(`${path()}/sign-off`, {})).json).toMatchObject({ role: 'admin' })
  })

  it('has no evidence of an agent that was not retired, and no trigger of its own making', async () => {
    expect((await service.admin.get(`${path()}/evidence`)).status).toBe(404)
    const odd = await service.admin.post(`${path()}/retire`, { reason: 'r', trigger: 'whim' })
    expect(odd.json.errors[0].pointer).toBe('/trigger')
    expect((await service.admin.get(path())).json.state).toBe('active')
  })
})
