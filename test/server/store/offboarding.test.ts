import { expect, it } from 'vitest'
import { addDelegation, bit, context, newRun, ok, openTenant } from './fixtures.ts'

it('ends with the owner all that stands on the owner: credential, agent, delegation, run', async () => {
  const store = await openTenant()
  const { owner, agent, ownerCredential, delegation } = await addDelegation(store)
  const run = await ok(store.registerRun(newRun(delegation), context()))

  const report = await ok(store.offboardOwner(owner.id, 'left', context()))

  expect(report).toMatchObject({ ownerId: owner.id, agents: 1, delegations: 1, runs: 1 })
  for (const { position } of [ownerCredential, delegation, run]) {
    expect(await bit(store, 'revocation', position)).toBe(true)
  }
  expect(await store.agent('acme', agent.id)).toMatchObject({ state: 'revoked' })
})
