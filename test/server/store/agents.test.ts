import { describe, expect, it } from 'vitest'
import { addAgent, addDelegation, addOwner, context, ok, openTenant, refusal } from './fixtures.ts'

const SOFTWARE = { name: 'triage', version: '2.0.0' }

describe('updateAgent', () => {
  it('changes what is told, and nothing else [L9]', async () => {
    const store = await openTenant()
    const agent = await addAgent(store, await addOwner(store))

    const updated = await ok(store.updateAgent(agent.id, { software: SOFTWARE, name: 'Sorter' }, context()))

    expect(updated).toEqual({ ...agent, software: SOFTWARE, name: 'Sorter' })
    expect(await store.agent('acme', agent.id)).toEqual(updated)
  })

  it('audits what it was and what it is [A1]', async () => {
    const store = await openTenant()
    const { agent, owner } = await addDelegation(store)

    await ok(store.updateAgent(agent.id, { software: SOFTWARE, purpose: 'sorts post' }, context()))

    const entry = (await store.audit('acme', { agentId: agent.id }, { limit: 100 })).items.at(-1)
    expect(entry).toMatchObject({ action: 'agent.update', target: agent.id, ownerId: owner.id })
    expect(entry?.details).toEqual({
      purpose: { from: 'sorts mail', to: 'sorts post' },
      software: { to: SOFTWARE },
    })
  })

  it('audits nothing when all is so already', async () => {
    const store = await openTenant()
    const { agent } = await addDelegation(store)
    const before = await store.audit('acme', {}, { limit: 100 })

    const same = await store.updateAgent(agent.id, { name: agent.name }, context())

    expect(same).toEqual({ done: true, value: agent, replayed: true })
    expect(await store.audit('acme', {}, { limit: 100 })).toEqual(before)
  })

  it('changes nothing of what has ended, or is not there', async () => {
    const store = await openTenant()
    const { agent } = await addDelegation(store)
    await ok(store.revokeAgent(agent.id, 'replaced', context()))

    expect(await refusal(store.updateAgent(agent.id, { name: 'Late' }, context()))).toBe(
      'conflict agent_ended',
    )
    expect(await refusal(store.updateAgent('agt_nobody', { name: 'Late' }, context()))).toBe('not_found')
  })
})
