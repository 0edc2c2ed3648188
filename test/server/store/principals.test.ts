import { describe, expect, it } from 'vitest'
import {
  ADMIN,
  addDelegation,
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

describe('principal', () => {
  it('is unknown for a DID that nobody registered', async () => {
    expect(await (await openTenant()).principal('did:key:zNobody')).toBeUndefined()
  })

  it('ends with the agent, for good', async () => {
    const store = await openTenant()
    const { owner, agent } = await addDelegation(store)

    await ok(store.revokeAgent(agent.id, 'leaked', context()))

    expect(await store.principal(agent.did)).toBeUndefined()
    const again = newAgent(owner, { did: agent.did })
    expect(await refusal(store.createAgent(again, context()))).toBe('conflict did_in_use')
  })

  it('ends with the owner, for the person and for every agent [I13] [I14]', async () => {
    const store = await openTenant()
    const { owner, agent } = await addDelegation(store)
    const bob = await addOwner(store, { principal: 'did:key:zBob' })
    expect(await store.principal('did:key:zBob')).toMatchObject({ role: 'owner' })

    await ok(store.offboardOwner(owner.id, 'left', context()))
    await ok(store.offboardOwner(bob.id, 'left', context()))

    expect(await store.principal(agent.did)).toBeUndefined()
    expect(await store.principal('did:key:zBob')).toBeUndefined()
    for (const did of [owner.did, agent.did, 'did:key:zBob']) {
      expect(await refusal(store.createOwner(newOwner({ did }), context()))).toBe('conflict did_in_use')
    }
  })

  it('stays known while it is on hold, so that it can be told so', async () => {
    const store = await openTenant()
    const { agent } = await addDelegation(store)

    await ok(store.placeHold({ kind: 'agent', id: agent.id }, 'admin', 'odd', context()))

    expect(await store.principal(agent.did)).toMatchObject({ role: 'agent' })
  })
})

describe('addPrincipal', () => {
  it.each(['admin', 'auditor', 'revoker'] as const)('lets a DID call as %s', async (role) => {
    const store = await openTenant()

    await ok(store.addPrincipal('did:key:zNew', role, context()))

    expect(await store.principal('did:key:zNew')).toEqual({ tenant: 'acme', did: 'did:key:zNew', role })
    expect((await store.principals('acme', PAGE)).items.map(({ did }) => did)).toEqual([
      ADMIN.did,
      'did:key:zNew',
    ])
  })

  it('refuses a DID that any tenant knows', async () => {
    const store = await openTenant()
    await addTenant(store, 'globex', 'did:key:zGlobex')
    const { agent } = await addDelegation(store)

    for (const did of [ADMIN.did, agent.did, 'did:key:zGlobex'] as const) {
      expect(await refusal(store.addPrincipal(did, 'auditor', context()))).toBe('conflict did_in_use')
    }
  })
})

describe('removePrincipal', () => {
  it('ends a role, and the DID never gets one again', async () => {
    const store = await openTenant()
    await ok(store.addPrincipal('did:key:zNew', 'auditor', context()))

    await ok(store.removePrincipal('did:key:zNew', context()))

    expect(await store.principal('did:key:zNew')).toBeUndefined()
    expect((await store.principals('acme', PAGE)).items).toEqual([ADMIN])
    expect(await refusal(store.removePrincipal('did:key:zNew', context()))).toBe('not_found')
    expect(await refusal(store.addPrincipal('did:key:zNew', 'admin', context()))).toBe('conflict did_in_use')
  })

  it('never takes the last administrator away', async () => {
    const store = await openTenant()
    expect(await refusal(store.removePrincipal(ADMIN.did, context()))).toBe('conflict last_admin')

    await ok(store.addPrincipal('did:key:zSecond', 'admin', context()))

    expect(await refusal(store.removePrincipal(ADMIN.did, context()))).toBe('done')
    expect(await refusal(store.removePrincipal('did:key:zSecond', context()))).toBe('conflict last_admin')
  })

  it('does not end agents and owners, who have verbs of their own', async () => {
    const store = await openTenant()
    const { agent } = await addDelegation(store)

    expect(await refusal(store.removePrincipal(agent.did, context()))).toBe('not_found')
  })
})

describe('a revoker whom owners name', () => {
  it('may call, and is told for which owners', async () => {
    const store = await openTenant()
    const revokers = ['did:key:zSoc']
    const [ada, bob] = [await addOwner(store, { revokers }), await addOwner(store, { revokers })]

    expect(await store.principal('did:key:zSoc')).toEqual({
      tenant: 'acme',
      did: 'did:key:zSoc',
      role: 'revoker',
      revokerOf: [ada.id, bob.id].sort(),
    })
  })

  it('loses the owners who leave, and with the last of them the role', async () => {
    const store = await openTenant()
    const revokers = ['did:key:zSoc']
    const [ada, bob] = [await addOwner(store, { revokers }), await addOwner(store, { revokers })]

    await ok(store.offboardOwner(ada.id, 'left', context()))
    expect(await store.principal('did:key:zSoc')).toMatchObject({ revokerOf: [bob.id] })

    await ok(store.offboardOwner(bob.id, 'left', context()))
    expect(await store.principal('did:key:zSoc')).toBeUndefined()
  })

  it('is not weakened by a role of the tenant, nor does an ended role come back by it', async () => {
    const store = await openTenant()
    await ok(store.addPrincipal('did:key:zSoc', 'revoker', context()))
    await addOwner(store, { revokers: ['did:key:zSoc'] })
    expect(await store.principal('did:key:zSoc')).not.toHaveProperty('revokerOf')

    await ok(store.removePrincipal('did:key:zSoc', context()))

    expect(await store.principal('did:key:zSoc')).toBeUndefined()
  })

  it('cannot be of two tenants', async () => {
    const store = await openTenant()
    await addTenant(store, 'globex', 'did:key:zGlobex')
    await addOwner(store, { revokers: ['did:key:zSoc'] })
    const globex = context({ principal: { ...ADMIN, tenant: 'globex', did: 'did:key:zGlobex' } })

    const foreign = newOwner({ tenant: 'globex', revokers: ['did:key:zSoc'] })

    expect(await refusal(store.createOwner(foreign, globex))).toBe('conflict did_in_use')
    expect(await refusal(store.addPrincipal('did:key:zSoc', 'admin', globex))).toBe('conflict did_in_use')
    const named = newOwner({ revokers: ['did:key:zGlobex'] })
    expect(await refusal(store.createOwner(named, context()))).toBe('conflict did_in_use')
  })
})

describe('consumeNonce', () => {
  it('takes a nonce once', async () => {
    const store = await openTenant()

    expect(await store.consumeNonce('nonce-1', 1_000)).toBe(true)
    expect(await store.consumeNonce('nonce-1', 1_000)).toBe(false)
    expect(await store.consumeNonce('nonce-1', 2_000)).toBe(false)
    expect(await store.consumeNonce('nonce-2', 1_000)).toBe(true)
  })

  it('forgets with pruning only what has expired', async () => {
    const store = await openTenant()
    await store.consumeNonce('old', 1_000)
    await store.consumeNonce('new', 2_000)

    await store.prune(1_500)

    expect(await store.consumeNonce('old', 1_000)).toBe(true)
    expect(await store.consumeNonce('new', 2_000)).toBe(false)
  })
})

describe('recoverAdmin', () => {
  const recovered = context({ principal: { ...ADMIN, did: 'did:key:zRecovered' } })

  it('makes the caller an administrator and ends the one that is named, who may be the last', async () => {
    const store = await openTenant()

    await ok(store.recoverAdmin(ADMIN.did, recovered))

    expect(await store.principal('did:key:zRecovered')).toMatchObject({ role: 'admin', tenant: 'acme' })
    expect(await store.principal(ADMIN.did)).toBeUndefined()
  })

  it('changes nothing when the one that is named is no administrator of the tenant', async () => {
    const store = await openTenant()
    await ok(store.addPrincipal('did:key:zAuditor', 'auditor', context()))

    expect(await refusal(store.recoverAdmin('did:key:zAuditor', recovered))).toBe('not_found')
    expect(await store.principal('did:key:zRecovered')).toBeUndefined()
    expect(await store.recoveries()).toEqual([])
  })

  it('is remembered until it was told', async () => {
    const store = await openTenant()
    await ok(store.recoverAdmin(ADMIN.did, recovered))
    const told = { tenant: 'acme', did: 'did:key:zRecovered', replaced: ADMIN.did } as const

    expect(await store.recoveries()).toEqual([told])
    await store.tellRecovery(told)
    expect(await store.recoveries()).toEqual([])
  })
})
