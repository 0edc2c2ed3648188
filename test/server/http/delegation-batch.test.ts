import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type Answer,
  addAgent,
  addOwner,
  MAIL_GRANT,
  startTestService,
} from '../../helpers/issuer-service.ts'
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

const PATH = '/v1/delegations/batch'

function one(changes: object = {}): object {
  return { agent: world.agent.id, authorizationDetails: [MAIL_GRANT], leaseSize: 0, ...changes }
}

/** What became of each: the state of the delegation, or the code of the problem. */
function outcomes({ json }: Answer): readonly string[] {
  type Item = {
    readonly delegation?: { readonly state: string }
    readonly problem?: { readonly code: string }
  }
  return json.items.map(({ delegation, problem }: Item) => delegation?.state ?? problem?.code)
}

function idsOf({ json }: Answer): readonly string[] {
  return json.items.map((item: { readonly delegation: { readonly id: string } }) => item.delegation.id)
}

async function held(): Promise<number> {
  return (await service.admin.get(`/v1/delegations?agent=${world.agent.id}`)).json.items.length
}

describe('POST /v1/delegations/batch', () => {
  it('issues each as it was asked for, in this order, with its chain', async () => {
    const names = ['morning mail', 'evening mail']
    const answer = await service.admin.post(PATH, { delegations: names.map((name) => one({ name })) })

    expect(answer.status).toBe(200)
    expect(answer.json.items).toEqual(
      names.map((name) => ({
        delegation: expect.objectContaining({
          name,
          state: 'active',
          chain: [expect.any(String), expect.any(String)],
        }),
      })),
    )
    const [first, second] = answer.json.items
    expect(first.delegation.position).not.toEqual(second.delegation.position)
    expect((await service.admin.get(`/v1/delegations/${idsOf(answer)[1]}`)).json).toEqual(second.delegation)
  })

  it('refuses one without keeping the others from being issued', async () => {
    const tooWide = one({ authorizationDetails: [{ ...MAIL_GRANT, actions: ['mail.delete'] }] })
    const ofNobody = one({ agent: 'agt_nobody' })

    const answer = await service.admin.post(PATH, { delegations: [tooWide, one(), ofNobody, one()] })

    expect(outcomes(answer)).toEqual(['exceeds_entitlements', 'active', 'not_found', 'active'])
    expect(answer.json.items[0].problem).toMatchObject({
      status: 422,
      instance: `urn:uuid:${answer.headers.get('x-request-id')}`,
    })
  })

  it('lets an owner issue to no agent of another owner', async () => {
    const other = await addOwner(service.admin)
    const { agent } = await addAgent(service.url, service.admin, other.id)

    const answer = await world.ownerCaller.post(PATH, { delegations: [one({ agent: agent.id }), one()] })

    expect(outcomes(answer)).toEqual(['forbidden', 'active'])
  })

  it('issues nothing when a member of one of them cannot be', async () => {
    const before = await held()

    const answer = await service.admin.post(PATH, { delegations: [one(), one({ maxDepth: -1 })] })

    expect(answer.status).toBe(422)
    expect(answer.json.errors).toEqual([expect.objectContaining({ pointer: '/delegations/1/maxDepth' })])
    expect(await held()).toBe(before)
  })

  it.each([
    { count: 0, status: 422 },
    { count: 64, status: 200 },
    { count: 65, status: 422 },
  ])('answers $status when $count are asked for', async ({ count, status }) => {
    expect((await service.admin.post(PATH, { delegations: Array(count).fill(one()) })).status).toBe(status)
  })

  it('issues each once under one idempotency key, and none of another request [AA-09]', async () => {
    const key = { headers: { 'idempotency-key': 'a-batch' } }
    const request = { delegations: [one(), one()] }
    const first = await service.admin.post(PATH, request, key)
    const again = await service.admin.post(PATH, request, key)

    expect(again.json).toEqual(first.json)
    expect(new Set(idsOf(first)).size).toBe(2)
    const other = await service.admin.post(PATH, { delegations: [one({ maxDepth: 0 }), one()] }, key)
    expect(outcomes(other)).toEqual(['idempotency_mismatch', 'idempotency_mismatch'])
  })

  it('counts each as a write', async () => {
    const limited = await startTestService({ writesPerMinute: { perPrincipal: 7 } })
    const { agent } = await buildWorld(limited.url, limited.admin)
    const item = { agent: agent.id, authorizationDetails: [MAIL_GRANT], leaseSize: 0 }
    const ask = async (count: number) =>
      (await limited.admin.post(PATH, { delegations: Array(count).fill(item) })).status

    const answers = [await ask(5), await ask(3), await ask(1)]

    expect(answers).toEqual([429, 200, 429])
    await limited.close()
  })
})
