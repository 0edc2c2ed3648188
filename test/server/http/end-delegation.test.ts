import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, addDelegation, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, type World } from '../../helpers/issuer-world.ts'

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

describe('revoking and suspending a delegation', () => {
  const path = (verb: string) => `/v1/delegations/${world.delegation.id}/${verb}`

  it('ends one delegation and leaves the other [L2]', async () => {
    const other = await addDelegation(service.admin, world.agent.id)

    const answer = await service.admin.post(path('revoke'), { reason: 'done' })

    expect(answer.json.state).toBe('revoked')
    expect((await service.admin.get(`/v1/delegations/${other.id}`)).json.state).toBe('active')
  })

  it('is the same when it is done twice, and needs a reason [IV-11]', async () => {
    const first = await service.admin.post(path('revoke'), { reason: 'done' })
    const before = await auditActions()
    const second = await service.admin.post(path('revoke'), { reason: 'done again' })

    expect([first.status, second.status]).toEqual([200, 200])
    expect(await auditActions()).toEqual(before)
    expect(problem(await service.admin.post(path('revoke'), {}))).toBe('422 invalid_request')
    const hidden = { reason: 'left\u202eevil' }
    expect(problem(await service.admin.post(path('revoke'), hidden))).toBe('422 invalid_request')
  })

  it('is done now: nobody dates it back, or ahead [IV-11]', async () => {
    for (const effectiveAt of ['1970-01-01T00:00:00.000Z', '9999-01-01T00:00:00.000Z', -1]) {
      const dated = await service.admin.post(path('revoke'), { reason: 'done', effectiveAt })

      expect(problem(dated)).toBe('422 invalid_request')
    }
    expect((await service.admin.get(`/v1/delegations/${world.delegation.id}`)).json.state).toBe('active')
  })

  it('revokes what has expired [IV-11]', async () => {
    now = Date.parse(world.delegation.validUntil) + 1

    expect((await service.admin.post(path('revoke'), { reason: 'late' })).json.state).toBe('revoked')
  })

  it('lets the agent give up its own delegation, but not suspend it', async () => {
    expect((await world.agentCaller.post(path('suspend'), { reason: 'rest' })).status).toBe(403)
    expect((await world.agentCaller.post(path('revoke'), { reason: 'leaked key' })).json.state).toBe(
      'revoked',
    )
  })

  it('suspends and resumes, by rank: an owner cannot lift what an admin placed [I11, I15]', async () => {
    const byAdmin = await service.admin.post(path('suspend'), { reason: 'odd hours' })
    const byOwner = await world.ownerCaller.post(path('resume'), {})
    const lifted = await service.admin.post(path('resume'), {})
    const again = await service.admin.post(path('resume'), {})

    expect(byAdmin.json).toMatchObject({ state: 'active', suspended: true })
    expect(problem(byOwner)).toBe('403 outranked')
    expect(lifted.json.suspended).toBe(false)
    expect(problem(again)).toBe('409 not_suspended')
  })

  it('lets an owner lift their own hold, and an admin lift it too', async () => {
    await world.ownerCaller.post(path('suspend'), { reason: 'holiday' })
    const own = await world.ownerCaller.post(path('resume'), {})
    await world.ownerCaller.post(path('suspend'), { reason: 'holiday' })
    const byAdmin = await service.admin.post(path('resume'), {})

    expect([own.json.suspended, byAdmin.json.suspended]).toEqual([false, false])
  })
})

describe('GET /v1/delegations', () => {
  it('pages through what there is, oldest first, without gaps', async () => {
    const ids = [world.delegation.id]
    for (let i = 0; i < 4; i++) ids.push((await addDelegation(service.admin, world.agent.id)).id)

    const seen: string[] = []
    let after = ''
    do {
      const { json } = await service.admin.get(`/v1/delegations?agent=${world.agent.id}&limit=2${after}`)
      seen.push(...json.items.map(({ id }: { id: string }) => id))
      after = json.next === undefined ? '' : `&after=${json.next}`
    } while (after !== '')

    expect(seen).toEqual(ids)
  })

  it.each(['limit=0', 'limit=201', 'limit=x', 'limit=1&limit=2', 'colour=red', 'agent=../x', 'after=%00'])(
    'refuses the query %s',
    async (query) => {
      const answer = await service.admin.get(`/v1/delegations?${query}`)

      expect(problem(answer)).toBe('422 invalid_request')
      expect(answer.json.errors[0].pointer).toBe(`?${query.split('=')[0]}`)
    },
  )

  it('shows no chain in a list', async () => {
    const { json } = await service.admin.get('/v1/delegations?limit=1')

    expect(json.items[0]).not.toHaveProperty('chain')
    expect((await service.admin.get(`/v1/delegations/${json.items[0].id}`)).json.chain).toHaveLength(2)
  })
})

/** What was done so far, as the audit trail has it. */
async function auditActions(): Promise<string[]> {
  const { json } = await service.admin.get(`/v1/audit?owner=${world.owner.id}&limit=200`)
  return json.items.map(({ action }: { action: string }) => action)
}
