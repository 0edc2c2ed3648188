import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../../src/issuer/ports.ts'
import type { Agent, Owner } from '../../../src/issuer/records.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  context,
  issue,
  newPlan,
  newRun,
  ok,
  openTenant,
} from './fixtures.ts'

/** What there is of an agent: how many runs each delegation has, and what of it ends beforehand. */
const delegation = fc.record({
  runs: fc.nat(2),
  completes: fc.boolean(),
  ends: fc.constantFrom('not', 'revoked', 'never signed'),
})
const agent = fc.record({ ends: fc.boolean(), delegations: fc.array(delegation, { maxLength: 3 }) })
const office = fc.array(agent, { maxLength: 3 })

type Office = typeof office extends fc.Arbitrary<infer T> ? T : never

async function build(store: Store, planned: Office): Promise<{ owner: Owner; agents: Agent[] }> {
  const owner = await addOwner(store)
  await issue(store, newPlan(owner))
  const agents: Agent[] = []
  for (const { ends, delegations } of planned) {
    const added = await addAgent(store, owner)
    agents.push(added)
    for (const one of delegations) await buildDelegation(store, owner, added, one)
    if (ends) await ok(store.revokeAgent(added.id, 'r', context()))
  }
  return { owner, agents }
}

async function buildDelegation(
  store: Store,
  owner: Owner,
  agent: Agent,
  { runs, completes, ends }: Office[number]['delegations'][number],
): Promise<void> {
  const plan = newPlan(owner, agent, { leaseSize: 3 })
  if (ends === 'never signed') {
    await ok(store.planCredential(plan, context()))
    return
  }
  const made = await issue(store, plan)
  for (let nth = 0; nth < runs; nth++) {
    const { id } = await ok(store.registerRun(newRun(made, nth), context()))
    if (completes) await ok(store.completeRun(id, context()))
  }
  if (ends === 'revoked') await ok(store.revokeDelegation(made.id, 'r', context()))
}

/** What the trail tells of the last cascade. */
async function told(store: Store): Promise<object> {
  const { items } = await store.audit('acme', {}, { limit: 1000 })
  const { delegations, runs } = items.at(-1)?.details ?? {}
  return { delegations, runs }
}

describe('previewCascade', () => {
  it('counts what offboarding the owner then ends, whatever there is', async () => {
    const store = await openTenant()
    await fc.assert(
      fc.asyncProperty(office, async (planned) => {
        const { owner } = await build(store, planned)

        const preview = await store.previewCascade('acme', { ownerId: owner.id })

        const { agents, delegations, runs } = await ok(store.offboardOwner(owner.id, 'r', context()))
        expect(preview).toMatchObject({ agents, delegations, runs })
        expect(preview.firstAgents).toHaveLength(agents)
      }),
      { numRuns: 15 },
    )
  })

  it('counts what revoking an agent then ends, and nothing of its neighbours', async () => {
    const store = await openTenant()
    await fc.assert(
      fc.asyncProperty(agent, async (planned) => {
        const { owner, agents } = await build(store, [
          { ...planned, ends: false },
          { ends: false, delegations: [] },
        ])
        const scope = { ownerId: owner.id, agentId: agents[0]?.id ?? '' }

        const { delegations, runs, ...preview } = await store.previewCascade('acme', scope)

        await ok(store.revokeAgent(scope.agentId, 'r', context()))
        expect(await told(store)).toEqual({ delegations, runs })
        expect(preview.agents).toBe(1)
      }),
      { numRuns: 15 },
    )
  })

  it('changes and audits nothing', async () => {
    const store = await openTenant()
    const { owner, agent: row, delegation: made } = await addDelegation(store)
    const before = await store.audit('acme', {}, { limit: 100 })

    const preview = await store.previewCascade('acme', { ownerId: owner.id })

    expect(preview).toEqual({
      agents: 1,
      delegations: 1,
      runs: 0,
      leasedIndexes: made.lease.length,
      firstAgents: [{ id: row.id, name: row.name }],
    })
    expect(await store.audit('acme', {}, { limit: 100 })).toEqual(before)
    expect(await store.credential('acme', made.id)).toEqual(made)
  })

  it('names the first fifty agents', async () => {
    const store = await openTenant()
    const owner = await addOwner(store)
    for (let n = 0; n < 51; n++) await addAgent(store, owner, { name: `agent ${n}` })

    const { agents, firstAgents } = await store.previewCascade('acme', { ownerId: owner.id })

    expect([agents, firstAgents.length, firstAgents[0]?.name]).toEqual([51, 50, 'agent 0'])
  })

  it('finds nothing of what has ended, or is of another tenant', async () => {
    const store = await openTenant()
    const { owner } = await addDelegation(store)
    const nothing = { agents: 0, delegations: 0, runs: 0, leasedIndexes: 0, firstAgents: [] }

    expect(await store.previewCascade('globex', { ownerId: owner.id })).toEqual(nothing)
    await ok(store.offboardOwner(owner.id, 'left', context()))
    expect(await store.previewCascade('acme', { ownerId: owner.id })).toEqual(nothing)
  })
})
