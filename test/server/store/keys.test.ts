import { describe, expect, it } from 'vitest'
import type { KeyRotation, RotatableUse } from '../../../src/issuer/key-store.ts'
import type { Store } from '../../../src/issuer/ports.ts'
import {
  ADMIN,
  AUTHORITY_KEY,
  addOwner,
  addTenant,
  context,
  DAY,
  issue,
  NO_CHANGES,
  NOW,
  newPlan,
  ok,
  openTenant,
  recordText,
  refusal,
  STATUS_KEY,
  signingKey,
} from './fixtures.ts'

const HOUR = 3_600_000

function rotation(use: RotatableUse, changes: Partial<KeyRotation> = {}): KeyRotation {
  const id = `${signingKey(use).did}#${Math.random()}`
  return {
    use,
    key: signingKey(use, 'acme', { id, createdAt: NOW }),
    activateAt: NOW + HOUR,
    isEmergency: false,
    ...changes,
  }
}

async function states(store: Store, use: RotatableUse) {
  return (await store.keys('acme', use)).map(({ state }) => state)
}

const later = (ms: number) => context({ at: NOW + ms })

describe('a key of the service', () => {
  it('is prepared, takes over, retires and is revoked, each at its time [KC-03]', async () => {
    const store = await openTenant()
    await issue(store, newPlan(await addOwner(store)))
    const next = await ok(store.rotateKey(rotation('authority'), context()))
    expect(next).toMatchObject({ state: 'prepared', activateAt: NOW + HOUR })
    expect(await states(store, 'authority')).toEqual(['active', 'prepared'])
    expect(await store.advanceKeys('acme', later(HOUR - 1))).toEqual([])

    const activated = await store.advanceKeys('acme', later(HOUR))
    const [old] = await store.keys('acme', 'authority')

    expect(activated).toMatchObject([{ id: next.id, state: 'active', activateAt: NOW + HOUR }])
    expect(old).toMatchObject({ state: 'retiring', retiredAt: NOW + HOUR, revokeAt: NOW + DAY })
    expect(await store.advanceKeys('acme', later(DAY - 1))).toEqual([])
    expect(await store.advanceKeys('acme', later(DAY))).toMatchObject([
      { id: AUTHORITY_KEY, state: 'revoked' },
    ])
    expect(await states(store, 'authority')).toEqual(['revoked', 'active'])
    expect((await store.keys('acme', 'authority'))[0]?.wrapped).toHaveLength(0)
  })

  it('is revoked at once in an emergency, and its successor signs', async () => {
    const store = await openTenant()

    const next = await ok(
      store.rotateKey(rotation('authority', { activateAt: NOW, isEmergency: true }), context()),
    )

    expect(next.state).toBe('active')
    expect(await states(store, 'authority')).toEqual(['revoked', 'active'])
  })

  it('has one successor: asking again changes nothing, or brings it forward', async () => {
    const store = await openTenant()
    const first = await ok(store.rotateKey(rotation('audit'), context()))

    const again = await store.rotateKey(rotation('audit', { activateAt: NOW + DAY }), context())
    const sooner = await ok(store.rotateKey(rotation('audit', { activateAt: NOW + 1 }), context()))

    expect(again).toMatchObject({
      done: true,
      replayed: true,
      value: { id: first.id, activateAt: NOW + HOUR },
    })
    expect(sooner).toMatchObject({ id: first.id, state: 'prepared', activateAt: NOW + 1 })
    expect(await states(store, 'audit')).toEqual(['active', 'prepared'])
  })

  it('of the audit trail stays listed when it has retired: what it signed does not expire', async () => {
    const store = await openTenant()
    await ok(store.rotateKey(rotation('audit', { activateAt: NOW }), context()))

    expect(await store.advanceKeys('acme', later(400 * DAY))).toEqual([])

    const [old] = await store.keys('acme', 'audit')
    expect(old).toMatchObject({ state: 'retiring' })
    expect(old).not.toHaveProperty('revokeAt')
  })

  it('can be revoked before its time unless it is the one that signs', async () => {
    const store = await openTenant()
    const next = await ok(store.rotateKey(rotation('authority'), context()))

    expect(await refusal(store.revokeKey(AUTHORITY_KEY, 'r', context()))).toBe('conflict key_active')
    expect(await refusal(store.revokeKey('did:key:zNobody#1', 'r', context()))).toBe('not_found')
    expect(await ok(store.revokeKey(next.id, 'r', context()))).toMatchObject({ state: 'revoked' })
    expect(await store.revokeKey(next.id, 'r', context())).toMatchObject({ replayed: true })
    expect(await states(store, 'authority')).toEqual(['active', 'revoked'])
  })

  it('is nothing to another tenant [T1]', async () => {
    const store = await openTenant()
    await addTenant(store, 'globex', 'did:key:zGlobex')
    const { id } = await ok(store.rotateKey(rotation('authority'), context()))
    const foreigner = context({ principal: { ...ADMIN, tenant: 'globex', did: 'did:key:zGlobex' } })

    expect(await refusal(store.rotateKey(rotation('authority'), foreigner))).toBe('not_found')
    expect(await refusal(store.revokeKey(id, 'r', foreigner))).toBe('not_found')
    expect(await states(store, 'authority')).toEqual(['active', 'prepared'])
  })

  it('leaves a step in the audit trail for each change', async () => {
    const store = await openTenant()
    await ok(store.rotateKey(rotation('status'), context()))
    await store.advanceKeys('acme', later(HOUR))
    await store.advanceKeys('acme', later(HOUR + 1))

    const { items } = await store.audit('acme', {}, { limit: 100 })

    expect(items.map(({ action }) => action).filter((action) => action.startsWith('key.'))).toEqual([
      'key.prepare',
      'key.retire',
      'key.activate',
      'key.revoke',
    ])
  })
})

describe('what a key signed', () => {
  const head = (seq: number) => ({ seq, iatMs: NOW + seq, root: `r${seq}`, jwt: 'h', leafTable: 'l' })
  const turn = { holder: 'one', until: NOW + HOUR }

  it('is recorded only while the key is active, whoever rotated it meanwhile [KC-03]', async () => {
    const store = await openTenant()
    const planned = await ok(store.planCredential(newPlan(await addOwner(store)), context()))
    const { tenant, id, validUntil } = planned
    const next = await ok(store.rotateKey(rotation('authority', { activateAt: NOW }), context()))
    const signed = { tenant, id, validUntil, mechanism: 'vc+jwt', text: 'jwt' } as const

    const late = await refusal(recordText(store, { ...signed, keyId: AUTHORITY_KEY }, context()))
    const ofStatus = await refusal(recordText(store, { ...signed, keyId: STATUS_KEY }, context()))
    const good = await refusal(recordText(store, { ...signed, keyId: next.id }, context()))

    expect([late, ofStatus, good]).toEqual([
      'conflict changed_meanwhile',
      'conflict changed_meanwhile',
      'done',
    ])
  })

  it('is published only while the key is active, and all lists are due when it changes [KC-03]', async () => {
    const store = await openTenant()
    const lists = (await store.dirtyLists('acme', 0)).map(({ list, purpose, revision }) => ({
      ...{ list, purpose, revision, version: NOW, validUntil: NOW + 6 * HOUR, bitsDigest: 'd', jwt: 'j' },
    }))
    const first = { lists, mirrors: [], changes: NO_CHANGES, head: head(1), keyId: STATUS_KEY }
    expect(await store.recordPublication('acme', first, turn)).toBe(true)
    expect(await store.dirtyLists('acme', NOW)).toEqual([])

    const next = await ok(store.rotateKey(rotation('status', { activateAt: NOW }), context()))
    const publication = { lists: [], mirrors: [], changes: NO_CHANGES, head: head(2) }

    expect(await store.dirtyLists('acme', NOW)).toHaveLength(lists.length)
    expect(await store.recordPublication('acme', { ...publication, keyId: STATUS_KEY }, turn)).toBe(false)
    expect(await store.recordPublication('acme', { ...publication, keyId: next.id }, turn)).toBe(true)
    expect((await store.keys('acme', 'status'))[0]?.revokeAt).toBe(NOW + 6 * HOUR)
  })
})

describe('what is due of keys', () => {
  it('is every step whose time has come, and a successor in time before the active key is too old [I10]', async () => {
    const store = await openTenant()
    expect(await store.dueKeys(NOW + 400 * DAY, DAY)).toEqual([])
    await ok(store.scheduleKey('authority', 30, context()))
    expect(await store.dueKeys(NOW + 29 * DAY - 1, DAY)).toEqual([])

    expect(await store.dueKeys(NOW + 29 * DAY, DAY)).toEqual([
      { tenant: 'acme', use: 'authority', due: 'successor' },
    ])

    const activateAt = NOW + 30 * DAY
    const next = await ok(store.rotateKey(rotation('authority', { activateAt }), context()))
    expect(next.rotateAfterDays).toBe(30)
    expect(await store.dueKeys(NOW + 29 * DAY, DAY)).toEqual([])
    expect(await store.dueKeys(activateAt, DAY)).toEqual([{ tenant: 'acme', use: 'authority', due: 'step' }])
    await store.advanceKeys('acme', context({ at: activateAt }))
    expect(await store.dueKeys(NOW + 59 * DAY, DAY)).toContainEqual({
      ...{ tenant: 'acme', use: 'authority', due: 'successor' },
    })
  })

  it('ends with a successor in a token, which the next one of the schedule would leave', async () => {
    const store = await openTenant()
    await ok(store.scheduleKey('status', 30, context()))
    const next = await ok(store.rotateKey(rotation('status', { isInToken: true }), context()))
    await store.advanceKeys('acme', context({ at: NOW + HOUR }))

    expect(next).not.toHaveProperty('rotateAfterDays')
    expect((await store.dueKeys(NOW + 400 * DAY, DAY)).filter(({ due }) => due === 'successor')).toEqual([])
  })

  it('is nothing any more when the schedule is taken away', async () => {
    const store = await openTenant()
    await ok(store.scheduleKey('status', 30, context()))

    const scheduled = await ok(store.scheduleKey('status', undefined, context()))

    expect(scheduled).not.toHaveProperty('rotateAfterDays')
    expect(await store.dueKeys(NOW + 400 * DAY, DAY)).toEqual([])
  })
})

describe('a data-encryption key', () => {
  const after = new Uint8Array([2, 8, 8])

  it('is exchanged for the same one wrapped anew, by whoever is first, and audited [KC-04]', async () => {
    const store = await openTenant()
    const [key] = await store.keys('acme', 'data-encryption')
    if (key === undefined) throw new Error('the key is missing')
    const before = key.wrapped

    const first = await store.rewrapKey({ ...key, wrapped: after }, before, context())
    const second = await store.rewrapKey({ ...key, wrapped: new Uint8Array([9]) }, before, context())

    expect([first, second]).toEqual([true, false])
    expect((await store.keys('acme', 'data-encryption')).map(({ wrapped }) => [...wrapped])).toEqual([
      [...after],
    ])
    const { items } = await store.audit('acme', {}, { limit: 100 })
    expect(items.filter(({ action }) => action === 'key.rewrap')).toHaveLength(1)
  })

  it('is the only key that can be: a signing key is never wrapped anew', async () => {
    const store = await openTenant()
    const [key] = await store.keys('acme', 'authority')
    if (key === undefined) throw new Error('the key is missing')

    expect(await store.rewrapKey({ ...key, wrapped: after }, key.wrapped, context())).toBe(false)
  })
})
