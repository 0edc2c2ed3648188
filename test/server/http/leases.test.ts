import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, type Caller, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, registerRun, type World } from '../../helpers/issuer-world.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService()
})
beforeEach(async () => {
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

function post(caller: Caller, verb: string, changes: object = {}): Promise<Answer> {
  const { revocationList, lease } = world.delegation
  const position = { statusListCredential: revocationList, statusListIndex: String(lease[3]) }
  return caller.post(`/v1/leases/${verb}`, {
    ...position,
    ...(verb !== 'resume' && { reason: 'a helper went astray' }),
    ...changes,
  })
}

function problem({ status, json }: Answer): string {
  return `${status} ${json.code}`
}

describe('a leased index', () => {
  it('is revoked by the agent that leased it, its owner, an admin; registered or not', async () => {
    const index = (nth: number) => ({ statusListIndex: String(world.delegation.lease[nth]) })

    expect((await post(world.agentCaller, 'revoke')).json).toEqual({
      statusListCredential: world.delegation.revocationList,
      statusListIndex: String(world.delegation.lease[3]),
      state: 'revoked',
    })
    expect((await post(world.ownerCaller, 'revoke', index(4))).status).toBe(200)
    expect((await post(service.admin, 'revoke', index(5))).status).toBe(200)
    expect((await post(service.admin, 'revoke', index(5))).status).toBe(200)
    expect((await post(service.admin, 'revoke', index(0))).status).toBe(200)
    expect((await service.admin.get(`/v1/runs/${world.run.id}`)).json.state).toBe('revoked')
  })

  it('cannot be given to a run once it is revoked', async () => {
    await post(service.admin, 'revoke')

    await expect(registerRun(world.agentCaller, world.delegation, { nth: 3 })).rejects.toThrow('409')
    expect((await registerRun(world.agentCaller, world.delegation, { nth: 4 })).state).toBe('active')
  })

  it('is suspended by the agent, and resumed by the owner who outranks it', async () => {
    expect((await post(world.agentCaller, 'suspend')).json.state).toBe('suspended')
    expect((await post(world.ownerCaller, 'resume')).json.state).toBe('active')
    expect(problem(await post(world.ownerCaller, 'resume'))).toBe('409 not_suspended')
  })

  it('is not touched by another agent or another owner of the tenant', async () => {
    const neighbour = await buildWorld(service.url, service.admin)

    expect(problem(await post(neighbour.agentCaller, 'revoke'))).toBe('403 not_your_lease')
    expect(problem(await post(neighbour.ownerCaller, 'revoke'))).toBe('403 forbidden')
    expect(problem(await post(neighbour.agentCaller, 'suspend'))).toBe('403 not_your_lease')
    expect((await post(world.agentCaller, 'revoke')).status).toBe(200)
  })

  it('is one that was leased: the own index of a delegation, or one that nobody has, is none', async () => {
    const own = { statusListIndex: String(world.delegation.position.index) }

    expect(problem(await post(service.admin, 'revoke', own))).toBe('404 not_found')
    expect(problem(await post(service.admin, 'revoke', { statusListIndex: '131072' }))).toBe('404 not_found')
  })

  it.each(['007', '-1', '1e3', '0x10', ' 7', '7.0', '', '1234567'])(
    'has no index %j',
    async (statusListIndex) => {
      expect(problem(await post(service.admin, 'revoke', { statusListIndex }))).toBe('422 invalid_request')
    },
  )

  it.each([
    'https://evil.example/status/acme/r2',
    '/status/globex/r2',
    '/status/acme/s2',
    '/status/acme/r02',
    '/status/acme/r999',
  ])('has no list %s', async (address) => {
    const statusListCredential = address.startsWith('/') ? service.url + address : address

    expect(problem(await post(service.admin, 'revoke', { statusListCredential }))).toBe('404 not_found')
  })
})
