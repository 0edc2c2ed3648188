import { describe, expect, it } from 'vitest'
import type { Did } from '../../../src/model/did.ts'
import {
  addOwner,
  addTenant,
  context,
  isUrl,
  NOW,
  newcomer,
  newEnrolment,
  ok,
  openStore,
  openTenant,
  refusal,
  temporaryDatabase,
} from './fixtures.ts'

const DID: Did = 'did:key:zNewcomer'

async function openWithEnrolment(changes: Parameters<typeof newEnrolment>[1] = {}) {
  const store = await openTenant()
  const owner = await addOwner(store)
  const enrolment = newEnrolment(owner, changes)
  await ok(store.createEnrolment(enrolment, context()))
  return { store, owner, enrolment, ticket: enrolment.ticketDigest }
}

describe('redeemEnrolment', () => {
  it('makes the agent that the ticket was made for, with the key of the caller', async () => {
    const { store, owner, enrolment, ticket } = await openWithEnrolment()

    const { agent } = await ok(store.redeemEnrolment(ticket, newcomer(DID)))

    expect(agent).toMatchObject({ id: enrolment.agent.id, ownerId: owner.id, did: DID, state: 'active' })
    expect(await store.principal(DID)).toMatchObject({ role: 'agent', agentId: agent.id, ownerId: owner.id })
  })

  it('says without a write to whom a ticket is worth something', async () => {
    const { store, owner, ticket } = await openWithEnrolment({ expiresAt: NOW + 1000 })
    const isGood = (changes: object = {}, tenant = 'acme') =>
      store.hasInvitation(tenant, { ticketDigest: ticket, did: DID, at: NOW, ...changes })

    expect(await isGood()).toBe(true)
    expect(await isGood({ ticketDigest: 'made up' })).toBe(false)
    expect(await isGood({}, 'globex')).toBe(false)
    expect([await isGood({ at: NOW + 999 }), await isGood({ at: NOW + 1000 })]).toEqual([true, false])

    await ok(store.redeemEnrolment(ticket, newcomer(DID)))
    expect([await isGood(), await isGood({ did: 'did:key:zThief' })]).toEqual([true, false])

    const other = newEnrolment(owner)
    await ok(store.createEnrolment(other, context()))
    await ok(store.withdrawEnrolment(other.id, 'mislaid', context()))
    expect(await isGood({ ticketDigest: other.ticketDigest })).toBe(false)
  })

  it('says in the audit trail who came, for whom, and who had invited [A1]', async () => {
    const { store, owner, enrolment, ticket } = await openWithEnrolment()
    await ok(store.redeemEnrolment(ticket, newcomer(DID)))

    const { items } = await store.audit('acme', { agentId: enrolment.agent.id }, { limit: 10 })

    expect(items).toHaveLength(1)
    expect(items[0]).toMatchObject({
      action: 'agent.enrol',
      actor: DID,
      role: 'agent',
      ownerId: owner.id,
      details: { did: DID, enrolment: enrolment.id, invitedBy: 'did:key:zAdmin' },
    })
    expect(JSON.stringify(await store.audit('acme', {}, { limit: 100 }))).not.toContain(ticket)
  })

  it('works once, and for the same key again', async () => {
    const { store, ticket } = await openWithEnrolment()
    const first = await store.redeemEnrolment(ticket, newcomer(DID))

    expect(await store.redeemEnrolment(ticket, newcomer(DID))).toEqual({ ...first, replayed: true })
    expect(await refusal(store.redeemEnrolment(ticket, newcomer('did:key:zThief')))).toBe('not_found')
    expect(await store.principal('did:key:zThief')).toBeUndefined()
  })

  it('works once among processes that come at the same time', async () => {
    const database = await temporaryDatabase()
    const first = await openTenant({ database })
    const enrolment = newEnrolment(await addOwner(first))
    await ok(first.createEnrolment(enrolment, context()))
    const stores = await Promise.all((isUrl(database) ? [1, 2] : [1]).map(() => openStore({ database })))

    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        stores[i % stores.length]?.redeemEnrolment(enrolment.ticketDigest, newcomer(`did:key:zRacer${i}`)),
      ),
    )

    expect(answers.filter((answer) => answer?.done)).toHaveLength(1)
    expect((await first.agents('acme', {}, { limit: 100 })).items).toHaveLength(1)
  })

  it('ends with the ticket, to the millisecond', async () => {
    const { store, ticket } = await openWithEnrolment({ expiresAt: NOW + 1000 })

    expect(await refusal(store.redeemEnrolment(ticket, newcomer(DID, { at: NOW + 1000 })))).toBe('not_found')
    expect((await store.redeemEnrolment(ticket, newcomer(DID, { at: NOW + 999 }))).done).toBe(true)
  })

  it('ends when it is withdrawn, once, and what was used stays used', async () => {
    const { store, owner, enrolment, ticket } = await openWithEnrolment()
    const open = () => store.enrolments('acme', { ownerId: owner.id, at: NOW }, { limit: 9 })
    expect((await open()).items).toMatchObject([{ id: enrolment.id, agent: enrolment.agent }])

    await ok(store.withdrawEnrolment(enrolment.id, 'mislaid', context()))
    expect(await refusal(store.redeemEnrolment(ticket, newcomer(DID)))).toBe('not_found')
    expect((await open()).items).toEqual([])
    const again = await store.withdrawEnrolment(enrolment.id, 'again', context())
    expect(again).toMatchObject({ done: true, replayed: true })

    const used = newEnrolment(owner)
    await ok(store.createEnrolment(used, context()))
    await ok(store.redeemEnrolment(used.ticketDigest, newcomer(DID)))
    expect(await refusal(store.withdrawEnrolment(used.id, 'late', context()))).toBe('conflict ticket_used')
    expect(await refusal(store.withdrawEnrolment('enr_nobody', 'r', context()))).toBe('not_found')
    expect((await store.enrolments('acme', { at: NOW + 900_000 }, { limit: 9 })).items).toEqual([])
  })

  it('is withdrawn or used, never both, when both come at the same time', async () => {
    const database = await temporaryDatabase()
    const first = await openTenant({ database })
    const enrolment = newEnrolment(await addOwner(first))
    await ok(first.createEnrolment(enrolment, context()))
    const store = await openStore({ database })

    const [used, withdrawn] = await Promise.all([
      store.redeemEnrolment(enrolment.ticketDigest, newcomer(DID)),
      store.withdrawEnrolment(enrolment.id, 'mislaid', context()),
    ])

    expect([used.done, withdrawn.done].filter(Boolean)).toHaveLength(1)
    expect((await store.principal(DID)) !== undefined).toBe(used.done)
  })

  it('is nothing for another tenant', async () => {
    const { store, ticket } = await openWithEnrolment()
    await addTenant(store, 'globex', 'did:key:zGlobex')
    const principal = { tenant: 'globex', did: DID, role: 'agent' } as const

    expect(await refusal(store.redeemEnrolment(ticket, context({ principal })))).toBe('not_found')
    expect((await store.redeemEnrolment(ticket, newcomer(DID))).done).toBe(true)
  })

  it('ends with the right of who made it', async () => {
    const store = await openTenant()
    const owner = await addOwner(store)
    await ok(store.addPrincipal('did:key:zSecond', 'admin', context()))
    const second = context({ principal: { tenant: 'acme', did: 'did:key:zSecond', role: 'admin' } })
    const enrolment = newEnrolment(owner)
    await ok(store.createEnrolment(enrolment, second))
    await ok(store.removePrincipal('did:key:zSecond', context()))

    expect(await refusal(store.redeemEnrolment(enrolment.ticketDigest, newcomer(DID)))).toBe('not_found')
  })

  it('is not repeated once its maker has lost the right, nor for an agent that has another owner by now', async () => {
    const { store, owner, enrolment, ticket } = await openWithEnrolment()
    await ok(store.redeemEnrolment(ticket, newcomer(DID)))
    expect(await refusal(store.redeemEnrolment(ticket, newcomer(DID)))).toBe('done')

    const to = (await addOwner(store)).id
    await ok(store.transferAgent(enrolment.agent.id, { to, reason: 'moved' }, context()))
    expect(await refusal(store.redeemEnrolment(ticket, newcomer(DID)))).toBe('not_found')

    await ok(store.addPrincipal('did:key:zSecond', 'admin', context()))
    const second = context({ principal: { tenant: 'acme', did: 'did:key:zSecond', role: 'admin' } })
    const other = newEnrolment(owner)
    await ok(store.createEnrolment(other, second))
    await ok(store.redeemEnrolment(other.ticketDigest, newcomer('did:key:zOther')))
    await ok(store.removePrincipal('did:key:zSecond', context()))
    expect(await refusal(store.redeemEnrolment(other.ticketDigest, newcomer('did:key:zOther')))).toBe(
      'not_found',
    )
  })

  it('makes no agent of an owner who is suspended or gone, nor with the key of somebody else', async () => {
    const { store, owner, ticket } = await openWithEnrolment()
    const target = { kind: 'owner', id: owner.id } as const
    await ok(store.placeHold(target, 'admin', 'odd', context()))

    expect(await refusal(store.redeemEnrolment(ticket, newcomer(DID)))).toBe('conflict owner_suspended')
    await ok(store.liftHolds(target, 'admin', context()))
    expect(await refusal(store.redeemEnrolment(ticket, newcomer('did:key:zAdmin')))).toBe(
      'conflict did_in_use',
    )
    expect((await store.redeemEnrolment(ticket, newcomer(DID))).done).toBe(true)
  })

  it('is forgotten after its time', async () => {
    const { store, ticket } = await openWithEnrolment({ expiresAt: NOW + 1000 })
    await store.prune(NOW + 2000)

    expect(await refusal(store.redeemEnrolment(ticket, newcomer(DID)))).toBe('not_found')
  })
})
