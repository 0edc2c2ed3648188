import { describe, expect, it } from 'vitest'
import type { Store } from '../../../src/issuer/ports.ts'
import {
  ADMIN,
  addAgent,
  addOwner,
  addTenant,
  context,
  newAgent,
  newOwner,
  ok,
  openTenant,
  refusal,
} from './fixtures.ts'

const PAGE = { limit: 100 }

describe('createTenant', () => {
  it('makes the tenant with an administrator and a pair of lists for owners and one for agents', async () => {
    const store = await openTenant()

    expect(await store.tenant('acme')).toMatchObject({ id: 'acme', environment: 'production' })
    expect(await store.principal(ADMIN.did)).toEqual(ADMIN)
    const lists = await store.dirtyLists('acme', 0)
    expect(lists.map(({ list, kind, purpose }) => [list, kind, purpose])).toEqual([
      [1, 'owner', 'revocation'],
      [1, 'owner', 'suspension'],
      [2, 'agent', 'revocation'],
      [2, 'agent', 'suspension'],
    ])
  })

  it('never makes one twice', async () => {
    const store = await openTenant()

    await expect(addTenant(store, 'acme', 'did:key:zOther')).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
    expect((await store.tenants()).map(({ id }) => id)).toEqual(['acme'])
  })

  it('refuses to issue statuses with the key of the authority', async () => {
    const store = await openTenant()
    const one = { authority: 'did:key:zOne', statusIssuer: 'did:key:zOne' } as const
    const tenant = { id: 'globex', name: 'Globex', environment: 'production', createdAt: 0, ...one }

    await expect(store.createTenant(tenant, 'did:key:zX', [])).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
    })
  })
})

describe('createOwner', () => {
  it('keeps what it was given [I1]', async () => {
    const store = await openTenant()
    const input = newOwner({ team: 'support', revokers: ['did:key:zRevoker'] })

    const owner = await ok(store.createOwner(input, context()))

    expect(owner).toEqual({
      ...input,
      state: 'active',
      suspended: false,
      version: 1,
      createdAt: context().at,
    })
    expect(await store.owner('acme', owner.id)).toEqual(owner)
  })

  it('lets the person call with the DID that is named, and with no other', async () => {
    const store = await openTenant()
    const owner = await addOwner(store, { principal: 'did:key:zAda' })

    expect(await store.principal('did:key:zAda')).toEqual({
      tenant: 'acme',
      did: 'did:key:zAda',
      role: 'owner',
      ownerId: owner.id,
    })
    expect(await store.principal(owner.did)).toBeUndefined()
  })

  it.each([
    ['another owner has', (store: Store) => addOwner(store)],
    ['an agent has', async (store: Store) => addAgent(store, await addOwner(store))],
    ['an administrator has', async () => ({ did: ADMIN.did })],
  ])('refuses a DID that %s', async (_, make) => {
    const store = await openTenant()
    const { did } = await make(store)

    expect(await refusal(store.createOwner(newOwner({ did }), context()))).toBe('conflict did_in_use')
    expect(await refusal(store.createOwner(newOwner({ principal: did }), context()))).toBe(
      'conflict did_in_use',
    )
    expect(await refusal(store.createOwner(newOwner(), context()))).toBe('done')
  })

  it('leaves nothing behind when it is refused', async () => {
    const store = await openTenant()
    const input = newOwner({ principal: ADMIN.did })

    await store.createOwner(input, context())

    expect(await store.owner('acme', input.id)).toBeUndefined()
    expect(await refusal(store.createOwner({ ...input, principal: 'did:key:zAda' }, context()))).toBe('done')
  })

  it('lists owners page by page, oldest first', async () => {
    const store = await openTenant()
    const ids = []
    for (let i = 0; i < 5; i++) ids.push((await addOwner(store)).id)

    const first = await store.owners('acme', { limit: 3 })
    const second = await store.owners('acme', { limit: 3, after: first.next ?? '' })

    expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 3))
    expect(second).toEqual({ items: expect.any(Array) })
    expect(second.items.map(({ id }) => id)).toEqual(ids.slice(3))
    expect(await store.owners('acme', { limit: 3, after: 'own_unknown' })).toEqual({ items: [] })
  })
})

describe('createAgent', () => {
  it('keeps what it was given and lets the agent call [I1]', async () => {
    const store = await openTenant()
    const owner = await addOwner(store)
    const input = newAgent(owner, { mode: 'autonomous', software: { name: 'triage', version: '1.2.3' } })

    const agent = await ok(store.createAgent(input, context()))

    expect(agent).toEqual({ ...input, state: 'active', suspended: false, createdAt: context().at })
    expect(await store.principal(agent.did)).toEqual({
      tenant: 'acme',
      did: agent.did,
      role: 'agent',
      ownerId: owner.id,
      agentId: agent.id,
    })
  })

  it('makes no agent without an owner [I1]', async () => {
    const store = await openTenant()
    const owner = await addOwner(store)

    const orphan = newAgent({ ...owner, id: 'own_unknown' })

    expect(await refusal(store.createAgent(orphan, context()))).toBe('not_found')
    expect(await store.agents('acme', {}, PAGE)).toEqual({ items: [] })
  })

  it('makes no agent for an owner who is gone or on hold [I14]', async () => {
    const store = await openTenant()
    const [gone, held] = [await addOwner(store), await addOwner(store)]
    await ok(store.offboardOwner(gone.id, 'left', context()))
    await ok(store.placeHold({ kind: 'owner', id: held.id }, 'admin', 'leave', context()))

    expect(await refusal(store.createAgent(newAgent(gone), context()))).toBe('conflict owner_offboarded')
    expect(await refusal(store.createAgent(newAgent(held), context()))).toBe('conflict owner_suspended')
  })

  it('lists the agents of one owner, or of all', async () => {
    const store = await openTenant()
    const [ada, bob] = [await addOwner(store), await addOwner(store)]
    const [first, second] = [await addAgent(store, ada), await addAgent(store, bob)]

    expect((await store.agents('acme', {}, PAGE)).items).toEqual([first, second])
    expect((await store.agents('acme', { ownerId: bob.id }, PAGE)).items).toEqual([second])
  })
})

describe('an idempotency key', () => {
  const idempotency = { key: 'k-1', requestDigest: 'digest of the request' }

  it('makes a repeated request answer what the first one made', async () => {
    const store = await openTenant()
    const first = await store.createOwner(newOwner(), context({ idempotency }))
    const second = await store.createOwner(newOwner(), context({ idempotency }))

    expect(first).toMatchObject({ done: true, replayed: false })
    expect(second).toEqual({ ...first, replayed: true })
    expect((await store.owners('acme', PAGE)).items).toHaveLength(1)
  })

  it('refuses another request under the same key, also of another kind', async () => {
    const store = await openTenant()
    const owner = await addOwner(store, {}, context({ idempotency }))
    const other = context({ idempotency: { ...idempotency, requestDigest: 'another' } })

    expect(await refusal(store.createOwner(newOwner(), other))).toBe('idempotency_mismatch')
    expect(await refusal(store.createAgent(newAgent(owner), other))).toBe('idempotency_mismatch')
  })

  it('serves the several commands of one request', async () => {
    const store = await openTenant()
    const owner = await addOwner(store, {}, context({ idempotency }))

    expect(await store.createAgent(newAgent(owner), context({ idempotency }))).toMatchObject({
      done: true,
      replayed: false,
    })
  })

  it('belongs to one caller', async () => {
    const store = await openTenant()
    const other = { ...ADMIN, did: 'did:key:zOtherAdmin' } as const
    await addOwner(store, {}, context({ idempotency }))

    const result = await store.createOwner(newOwner(), context({ idempotency, principal: other }))

    expect(result).toMatchObject({ done: true, replayed: false })
  })

  it('is not used up by a request that was refused', async () => {
    const store = await openTenant()
    const refused = newOwner({ principal: ADMIN.did })

    expect(await refusal(store.createOwner(refused, context({ idempotency })))).toBe('conflict did_in_use')
    expect(await refusal(store.createOwner(newOwner(), context({ idempotency })))).toBe('done')
  })
})
