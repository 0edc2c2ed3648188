import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../../src/issuer/records.ts'
import { ROUTES } from '../../../src/server/routes/index.ts'
import { type Answer, type Caller, newCaller, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, type World } from '../../helpers/issuer-world.ts'
import { bodyFor, MATRIX } from './matrix.ts'

let service: Awaited<ReturnType<typeof startTestService>>
/** Whose things are asked for. */
let world: World
/** Another owner of the same tenant. */
let neighbour: World
let callers: Readonly<Record<Role, Caller>>
let namedRevoker: Caller
let stranger: Caller
/** Of each owner, the id of a ticket. */
const invitations = new Map<string, string>()

beforeAll(async () => {
  service = await startTestService({ tenants: ['globex'] })
  const { admin, url, others } = service
  const auditor = await newCaller(url)
  const revoker = await newCaller(url)
  namedRevoker = await newCaller(url)
  await admin.post('/v1/principals', { did: auditor.did, role: 'auditor' })
  await admin.post('/v1/principals', { did: revoker.did, role: 'revoker' })
  world = await buildWorld(url, admin)
  neighbour = await buildWorld(url, admin)
  for (const { owner, ownerCaller } of [world, neighbour]) {
    const body = { owner: owner.id, name: 'Triage', purpose: 'sorts mail' }
    invitations.set(owner.id, (await ownerCaller.post('/v1/enrolments', body)).json.id)
  }
  callers = { admin, auditor, revoker, owner: world.ownerCaller, agent: world.agentCaller }
  stranger = others.get('globex') ?? admin
}, 30_000)
afterAll(() => service.close())

const LETTERS: Readonly<Record<Role, string>> = {
  admin: 'd',
  auditor: 'u',
  revoker: 'r',
  owner: 'o',
  agent: 'g',
}
const ROLES = Object.keys(LETTERS) as Role[]
const SIGNED = Object.keys(MATRIX)
const CASES = SIGNED.flatMap((route) => ROLES.map((role) => ({ route, role })))

/** Calls a route about somebody's things; with an empty body, so that nothing changes whoever may call. */
function call(caller: Caller, route: string, of: World, body: object = {}): Promise<Answer> {
  const [method, path = ''] = route.split(' ')
  const id = path.startsWith('/v1/owners/')
    ? of.owner.id
    : path.startsWith('/v1/agents/')
      ? of.agent.id
      : path.startsWith('/v1/delegations/')
        ? of.delegation.id
        : path.startsWith('/v1/enrolments/')
          ? invitations.get(of.owner.id)
          : of.run.id
  const full = path.replace(':id', String(id)).replace(':did', of.agentCaller.did)
  if (method === 'GET') return caller.get(full)
  if (method === 'DELETE') return caller.delete(full)
  if (method === 'PUT') return caller.put(full, body)
  return method === 'POST' ? caller.post(full, body) : caller.patch(full, body)
}

it('covers every route that is not public', () => {
  const routes = ROUTES.filter(({ access }) => access !== 'public' && access !== 'key').map(
    ({ method, path }) => `${method} ${path}`,
  )

  expect(SIGNED.toSorted()).toEqual(routes.toSorted())
})

describe('the authorization matrix [AA-05, AA-06]', () => {
  it.each(CASES)('$role: $route', async ({ route, role }) => {
    const allowed = MATRIX[route]?.toLowerCase().includes(LETTERS[role])

    // A body that no route takes: who may not call is told so before anybody looks at it.
    const answer = await call(callers[role], route, world, { unexpected: true })

    expect(answer.status === 403, answer.text).toBe(!allowed)
    expect(answer.status).not.toBe(401)
  })

  const OWN = CASES.filter(
    ({ route, role }) => MATRIX[route]?.includes(LETTERS[role]) && route.includes('/:'),
  )

  it.each(OWN)(
    '$role: $route of a neighbour is forbidden, however well it is asked',
    async ({ route, role }) => {
      const body = bodyFor(route)

      const answer = await call(callers[role], route, neighbour, body)

      expect(`${answer.status} ${answer.json.code}`).toBe('403 forbidden')
    },
  )

  it('lets an owner list what is theirs, and nothing else', async () => {
    const { owner } = callers

    expect(idsOf(await owner.get('/v1/owners'))).toEqual([world.owner.id])
    expect(idsOf(await owner.get('/v1/agents'))).toEqual([world.agent.id])
    expect(idsOf(await owner.get('/v1/delegations'))).toEqual([world.delegation.id])
    expect(idsOf(await owner.get('/v1/runs'))).toEqual([world.run.id])
    expect((await owner.get(`/v1/agents?owner=${neighbour.owner.id}`)).status).toBe(403)
    expect((await owner.get(`/v1/delegations?owner=${neighbour.owner.id}`)).status).toBe(403)
  })

  it('lets an agent list what is its own, and nothing else', async () => {
    const { agent } = callers

    expect(idsOf(await agent.get('/v1/delegations'))).toEqual([world.delegation.id])
    expect(idsOf(await agent.get('/v1/runs'))).toEqual([world.run.id])
    expect((await agent.get(`/v1/runs?agent=${neighbour.agent.id}`)).status).toBe(403)
    expect(idsOf(await agent.get(`/v1/runs?delegation=${neighbour.delegation.id}`))).toEqual([])
  })

  it('lets an owner create agents and delegations only for themselves', async () => {
    const { owner } = callers
    const agent = { did: (await newCaller(service.url)).did, name: 'Triage', purpose: 'sorts mail' }

    expect((await owner.post('/v1/agents', { ...agent, owner: neighbour.owner.id })).status).toBe(403)
    expect((await owner.post('/v1/agents', { ...agent, owner: world.owner.id })).status).toBe(201)
    const grant = { agent: neighbour.agent.id, inherit: true }
    expect((await owner.post('/v1/delegations', grant)).status).toBe(403)
    expect((await owner.post('/v1/delegations', { ...grant, agent: world.agent.id })).status).toBe(201)
  })

  it('lets a revoker whom an owner names act for that owner alone', async () => {
    const mine = await service.admin.post('/v1/owners', {
      name: 'Sales',
      accountable: 'Grace Hopper',
      entitlements: world.owner.entitlements,
      revokers: [namedRevoker.did],
    })

    expect((await namedRevoker.get('/v1/whoami')).json).toMatchObject({
      role: 'revoker',
      revokerOf: [mine.json.id],
    })
    expect(idsOf(await namedRevoker.get('/v1/owners'))).toEqual([mine.json.id])
    expect((await namedRevoker.get(`/v1/owners/${world.owner.id}`)).status).toBe(403)
    expect((await namedRevoker.get('/v1/agents')).status).toBe(403)
    expect((await namedRevoker.get(`/v1/agents?owner=${mine.json.id}`)).status).toBe(200)
    const suspend = { reason: 'odd behaviour' }
    expect((await namedRevoker.post(`/v1/owners/${mine.json.id}/suspend`, suspend)).json.suspended).toBe(true)
    expect((await namedRevoker.post(`/v1/agents/${world.agent.id}/revoke`, suspend)).status).toBe(403)
  })
})

describe("another tenant's things [AA-03]", () => {
  const WITH_ID = SIGNED.filter((route) => route.includes('/:'))

  it.each(WITH_ID)('do not exist for %s', async (route) => {
    const body = bodyFor(route)

    const foreign = await call(stranger, route, world, body)
    const unknown = await call(stranger, route, NOBODY, body)

    expect(`${foreign.status} ${foreign.json.code}`).toBe('404 not_found')
    expect(withoutInstance(foreign)).toEqual(withoutInstance(unknown))
  })

  it('cannot be named in a body, a filter or a cursor', async () => {
    const { revocationList, lease, chain } = world.delegation
    const agent = { did: (await newCaller(service.url)).did, name: 'Triage', purpose: 'sorts mail' }
    const index = {
      statusListCredential: revocationList,
      statusListIndex: String(lease[1]),
      reason: 'to harm',
    }

    expect(codeOf(await stranger.post('/v1/agents', { ...agent, owner: world.owner.id }))).toBe(
      'owner_required',
    )
    expect(codeOf(await stranger.post('/v1/delegations', { agent: world.agent.id, inherit: true }))).toBe(
      'not_found',
    )
    expect(codeOf(await stranger.post('/v1/leases/revoke', index))).toBe('not_found')
    expect(idsOf(await stranger.get(`/v1/agents?owner=${world.owner.id}`))).toEqual([])
    expect(idsOf(await stranger.get(`/v1/agents?after=${world.agent.id}`))).toEqual([])
    expect(idsOf(await stranger.get(`/v1/runs?delegation=${world.delegation.id}`))).toEqual([])
    expect(idsOf(await stranger.get(`/v1/audit?owner=${world.owner.id}`))).toEqual([])
    expect(chain).toHaveLength(2)
  })

  it('are as they were', async () => {
    const { admin } = service

    expect((await admin.get(`/v1/owners/${world.owner.id}`)).json).toMatchObject({
      state: 'active',
      suspended: false,
    })
    expect((await admin.get(`/v1/agents/${world.agent.id}`)).json).toMatchObject({
      state: 'active',
      suspended: false,
    })
    expect((await admin.get(`/v1/delegations/${world.delegation.id}`)).json.state).toBe('active')
    expect((await admin.get(`/v1/runs/${world.run.id}`)).json.state).toBe('active')
  })
})

/** Ids of the right form that nobody has. */
const NOBODY = {
  owner: { id: 'own_AAAAAAAAAAAAAAAAAAAAAA' },
  agent: { id: 'agt_AAAAAAAAAAAAAAAAAAAAAA' },
  delegation: { id: 'urn:uuid:00000000-0000-4000-8000-000000000000' },
  run: { id: 'urn:uuid:00000000-0000-4000-8000-000000000001' },
  agentCaller: { did: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK' },
} as World

function idsOf(answer: Answer): string[] {
  return answer.json.items.map((item: { id: string }) => item.id)
}

function codeOf(answer: Answer): string {
  return answer.json.code
}

function withoutInstance({ json }: Answer): object {
  const { instance: _, ...rest } = json
  return rest
}
