import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../src/core/clock.ts'
import { createDidResolver } from '../../../src/did/resolve-did.ts'
import type { Issuer } from '../../../src/issuer/issuer.ts'
import type { Store } from '../../../src/issuer/ports.ts'
import { rotateDueOwnerKeys } from '../../../src/issuer/rotate-party-key.ts'
import { openKeyRing } from '../../../src/server/keys/key-ring.ts'
import { createTenantKeys } from '../../../src/server/keys/tenant-keys.ts'
import {
  ADMIN,
  addAgent,
  addOwner,
  addTenant,
  context,
  DAY,
  NO_CHANGES,
  NOW,
  ok,
  openStore,
  openTenant,
  refusal,
} from './fixtures.ts'

const KEK = new Uint8Array(32).fill(3)
const DUE = NOW + 30 * DAY

async function dueIds(store: Store, at: number, limit = 10): Promise<string[]> {
  return (await store.ownersDue('acme', at, limit)).map(({ id }) => id)
}

describe('the schedule of a kind of party', () => {
  it('says of each when its key is due, from when it got that key [I10]', async () => {
    const store = await openTenant()
    const owner = await addOwner(store)
    const agent = await addAgent(store, owner)
    expect(owner).not.toHaveProperty('keyDueAt')

    await ok(store.schedulePartyKeys('owner', 30, context()))
    await ok(store.schedulePartyKeys('agent', 7, context()))
    expect((await store.owner('acme', owner.id))?.keyDueAt).toBe(DUE)
    expect((await store.agent('acme', agent.id))?.keyDueAt).toBe(NOW + 7 * DAY)

    const later = context({ at: NOW + 5 * DAY })
    const endsAt = NOW + 6 * DAY
    const [newOwner, newAgent] = [
      await ok(store.rotateOwnerKey({ id: owner.id, did: 'did:key:zOther', endsAt }, later)),
      await ok(store.rotateAgentKey({ id: agent.id, did: 'did:key:zNext', endsAt }, later)),
    ]
    expect([newOwner.keyDueAt, newAgent.keyDueAt]).toEqual([NOW + 35 * DAY, NOW + 12 * DAY])
  })

  it('is of one tenant and one kind, ends when it is taken away, and is audited', async () => {
    const store = await openTenant()
    await addTenant(store, 'globex', 'did:key:zOtherAdmin')
    const owner = await addOwner(store)

    expect(await ok(store.schedulePartyKeys('owner', 30, context()))).toMatchObject({ ownerKeyDays: 30 })
    expect(await store.tenant('acme')).not.toHaveProperty('agentKeyDays')
    expect(await store.tenant('globex')).not.toHaveProperty('ownerKeyDays')
    expect(await dueIds(store, DUE)).toEqual([owner.id])

    await ok(store.schedulePartyKeys('owner', undefined, context()))
    expect(await store.owner('acme', owner.id)).not.toHaveProperty('keyDueAt')
    expect(await dueIds(store, DUE)).toEqual([])
    const { items } = await store.audit('acme', {}, { limit: 100 })
    expect(items.filter(({ action }) => action === 'key.schedule').map(({ details }) => details)).toEqual([
      { use: 'owner', rotateAfterDays: 30 },
      { use: 'owner' },
    ])
  })

  it('finds owners whose time has come, the oldest first, none that is on hold or gone', async () => {
    const store = await openTenant()
    await ok(store.schedulePartyKeys('owner', 30, context()))
    const late = await addOwner(store, {}, context({ at: NOW + 1 }))
    const early = await addOwner(store)
    const held = await addOwner(store)
    await ok(store.placeHold({ kind: 'owner', id: held.id }, 'admin', 'odd', context()))
    const gone = await addOwner(store)
    await ok(store.offboardOwner(gone.id, 'left', context()))

    expect(await dueIds(store, DUE - 1)).toEqual([])
    expect(await dueIds(store, DUE)).toEqual([early.id])
    expect(await dueIds(store, DUE + 1)).toEqual([early.id, late.id])
    expect(await dueIds(store, DUE + 1, 1)).toEqual([early.id])
    expect(await store.owner('acme', gone.id)).not.toHaveProperty('keyDueAt')
    await ok(store.liftHolds({ kind: 'owner', id: held.id }, 'admin', context()))
    expect(await dueIds(store, DUE)).toContain(held.id)
  })

  it('replaces the key that was due, and not the one that came meanwhile', async () => {
    const store = await openStore()
    await addTenant(store, 'acme', ADMIN.did)
    const { id, did: previous } = await addOwner(store)
    const rotation = { id, previous, endsAt: NOW + DAY }

    const answers = await Promise.all([
      refusal(store.rotateOwnerKey({ ...rotation, did: 'did:key:zOne' }, context())),
      refusal(store.rotateOwnerKey({ ...rotation, did: 'did:key:zTwo' }, context())),
    ])

    expect(answers.sort()).toEqual(['conflict changed_meanwhile', 'done'])
  })
})

/** A service at the time when the keys of `count` owners have come of age. */
async function openDue(count: number) {
  const store = await openStore()
  const { keys, ...names } = await createTenantKeys({ tenant: 'acme', kek: KEK, createdAt: NOW })
  const tenant = { id: 'acme', name: 'acme', environment: 'production', ...names, createdAt: NOW }
  await store.createTenant(tenant, ADMIN.did, keys)
  const ring = await openKeyRing({ store, kek: KEK, clock: () => DUE })
  for (let i = 0; i < count; i += 1) await addOwner(store, {}, context({ at: NOW - count + i }))
  await ok(store.schedulePartyKeys('owner', 30, context()))
  const issuer: Issuer = {
    store,
    keys: ring,
    clock: () => DUE,
    random: systemRandom,
    resolver: createDidResolver(),
    origin: 'https://id.example',
    instance: 'this process',
  }
  return { store, issuer }
}

/** The same store, except that it fails to give one owner another key. */
function failingFor(id: string, store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'rotateOwnerKey') {
        return async (...args: Parameters<Store['rotateOwnerKey']>) => {
          if (args[0].id === id) throw new Error('its row cannot be written')
          return target.rotateOwnerKey(...args)
        }
      }
      const member = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

async function rotations(store: Store) {
  const { items } = await store.audit('acme', {}, { limit: 1000 })
  return items.filter(({ action }) => action === 'owner.rotate')
}

describe('keys of owners that have come of age', () => {
  it('are replaced by the service, with a credential for the new key and a day of grace [I10]', async () => {
    const { store, issuer } = await openDue(1)
    const [owner] = await store.ownersDue('acme', DUE, 1)
    const told: string[] = []

    await rotateDueOwnerKeys(issuer, ({ id }) => told.push(id))

    const rotated = await store.owner('acme', owner?.id ?? '')
    expect(told).toEqual([owner?.id])
    expect(rotated?.did).not.toBe(owner?.did)
    expect(rotated?.keyDueAt).toBe(DUE + 30 * DAY)
    expect(await store.ownerCredential('acme', rotated?.id ?? '')).toMatchObject({ state: 'active' })
    expect(await rotations(store)).toMatchObject([
      { role: 'service', target: owner?.id, details: { previous: owner?.did, endsAt: DUE + DAY } },
    ])
  })

  it('are replaced a few at each look, the oldest first', async () => {
    const { store, issuer } = await openDue(12)
    const due = await dueIds(store, DUE, 20)

    await rotateDueOwnerKeys(issuer, () => {})
    expect(await dueIds(store, DUE, 20)).toEqual(due.slice(10))
    await rotateDueOwnerKeys(issuer, () => {})

    expect(await dueIds(store, DUE, 20)).toEqual([])
    expect((await rotations(store)).map(({ target }) => target).sort()).toEqual(due.toSorted())
  })

  it('are each replaced once when two processes look at the same time', async () => {
    const { store, issuer } = await openDue(5)

    await Promise.all([rotateDueOwnerKeys(issuer, () => {}), rotateDueOwnerKeys(issuer, () => {})])

    expect(await rotations(store)).toHaveLength(5)
    expect(await dueIds(store, DUE)).toEqual([])
  })

  it('are left to the process whose turn it is to publish', async () => {
    const { store, issuer } = await openDue(1)
    const head = { seq: 1, iatMs: DUE, root: 'r', jwt: 'h', leafTable: 'l' }
    const keyId = (await store.keys('acme', 'status'))[0]?.id ?? ''
    const turn = { holder: 'another process', until: DUE + 1 }
    await store.recordPublication('acme', { lists: [], mirrors: [], changes: NO_CHANGES, head, keyId }, turn)

    await rotateDueOwnerKeys(issuer, () => {})
    expect(await dueIds(store, DUE)).toHaveLength(1)
    await rotateDueOwnerKeys({ ...issuer, instance: turn.holder }, () => {})

    expect(await dueIds(store, DUE)).toEqual([])
  })

  it('are replaced although it fails for one owner, which is told', async () => {
    const { store, issuer } = await openDue(3)
    const [first = ''] = await dueIds(store, DUE)

    const work = rotateDueOwnerKeys({ ...issuer, store: failingFor(first, store) }, () => {})

    await expect(work).rejects.toThrow('its row cannot be written')
    expect(await dueIds(store, DUE)).toEqual([first])
  })
})
