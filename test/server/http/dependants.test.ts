import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Did } from '../../../src/model/did.ts'
import { dependantView } from '../../../src/server/dependants-view.ts'
import { addDelegation, didOf, newSigner, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, registerRun, signRun, type World } from '../../helpers/issuer-world.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService()
})
beforeEach(async () => {
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

const path = () => `/v1/agents/${world.agent.id}/dependants`

/** A registered sub-agent under the delegation, and a run under it. */
async function addHelper(registered: boolean) {
  const signer = await newSigner()
  const { agent, agentCaller } = world
  const delegation = await addDelegation(service.admin, agent.id, { maxDepth: 2 })
  const chain = await signRun([delegation.chain[1]], agentCaller.signer, {
    nth: 1,
    subject: {
      kind: 'SubAgent',
      name: 'helper',
      id: didOf(signer) as Did,
      maxDepth: 1,
      statusLease: [
        {
          revocation: delegation.revocationList,
          suspension: delegation.revocationList.replace('/r', '/s'),
          indexes: delegation.lease.slice(2, 4),
        },
      ],
    },
  })
  const helper = registered ? (await agentCaller.post('/v1/runs', { chain })).json : undefined
  const below = await signRun(chain, signer)
  const run = (await agentCaller.post('/v1/runs', { chain: below })).json
  return { delegation, helper, run }
}

describe('GET /v1/agents/:id/dependants', () => {
  it('is a tree by parent: delegations, sub-agents and their runs [D6]', async () => {
    const { delegation, helper, run } = await addHelper(true)

    const { json } = await world.ownerCaller.get(path())

    expect(json.items).toMatchObject([
      {
        id: world.delegation.id,
        state: 'active',
        leasedIndexes: 8,
        dependants: [{ id: world.run.id, kind: 'Run', dependants: [] }],
      },
      {
        id: delegation.id,
        dependants: [
          { id: helper.id, kind: 'SubAgent', name: 'helper', dependants: [{ id: run.id, dependants: [] }] },
        ],
      },
    ])
  })

  it('hides no run whose parent nobody registered', async () => {
    const { run } = await addHelper(false)

    const { json } = await service.admin.get(path())

    expect(json.items[1].dependants).toMatchObject([{ id: run.id, parent: run.parent, dependants: [] }])
    expect(run.parent).not.toBe(run.delegation)
  })

  it('leaves out what has ended, and is empty in the end', async () => {
    await service.admin.post(`/v1/runs/${world.run.id}/revoke`, { reason: 'over' })
    const before = await service.admin.get(path())
    await service.admin.post(`/v1/agents/${world.agent.id}/revoke`, { reason: 'over' })

    expect(before.json.items[0].dependants).toEqual([])
    expect((await service.admin.get(path())).json).toEqual({ items: [] })
  })

  it('comes in pages of delegations', async () => {
    await service.admin.post('/v1/delegations', { agent: world.agent.id, inherit: true })
    const first = await service.admin.get(`${path()}?limit=1`)
    const second = await service.admin.get(`${path()}?limit=1&after=${first.json.next}`)

    expect([first.json.items.length, second.json.items.length, second.json.next]).toEqual([1, 1, undefined])
    expect(first.json.items[0].id).not.toBe(second.json.items[0].id)
  })
})

describe('dependantView', () => {
  const template = async () => {
    const run = await registerRun(world.agentCaller, world.delegation, { nth: 5 })
    return { ...run, tenant: 'acme', delegationId: run.delegation, validUntil: Date.now(), createdAt: 0 }
  }
  const shown = (runs: readonly object[]) =>
    dependantView({
      delegation: { ...world.delegation, validUntil: Date.now(), terms: {} },
      runs: runs as never,
      omittedRuns: 0,
      // biome-ignore lint/suspicious/noExplicitAny: looked into by its members
    }) as any

  it('hides no run that is in a ring, and ends', async () => {
    const run = await template()
    const ring = [
      { ...run, id: 'a', parentId: 'b' },
      { ...run, id: 'b', parentId: 'a' },
      { ...run, id: 'c', parentId: 'b' },
    ]

    expect(shown(ring).dependants.map(({ id }: { id: string }) => id)).toEqual(['a', 'b', 'c'])
  })

  it('is no deeper than a chain, so that strict readers of JSON take it', async () => {
    const run = await template()
    const line = Array.from({ length: 30 }, (_, i) => ({ ...run, id: `r${i}`, parentId: `r${i - 1}` }))

    const text = JSON.stringify(shown(line))

    expect(depthOf(shown(line))).toBeLessThanOrEqual(8)
    for (const { id } of line) expect(text.split(`"id":"${id}"`)).toHaveLength(2)
  })
})

// biome-ignore lint/suspicious/noExplicitAny: a tree
function depthOf(node: any): number {
  return 1 + Math.max(0, ...node.dependants.map(depthOf))
}
