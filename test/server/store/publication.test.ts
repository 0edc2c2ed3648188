import { describe, expect, it } from 'vitest'
import type { Store } from '../../../src/issuer/ports.ts'
import type { PublishedHead, PublishedList, PublishedMirror } from '../../../src/issuer/published-status.ts'
import { addDelegation, addTenant, context, NO_CHANGES, NOW, ok, openTenant, STATUS_KEY } from './fixtures.ts'

function head(seq: number, changes: Partial<PublishedHead> = {}): PublishedHead {
  return {
    seq,
    iatMs: NOW + seq,
    root: `root-${seq}`,
    jwt: `head ${seq}`,
    leafTable: `leaves ${seq}`,
    ...changes,
  }
}

function list(version: number, changes: Partial<PublishedList> = {}): PublishedList {
  return {
    list: 2,
    purpose: 'revocation',
    version: NOW + version,
    validUntil: NOW + version + 1_000,
    bitsDigest: 'digest',
    revision: 1,
    jwt: `list ${version}`,
    vc: `{"list":${version}}`,
    ...changes,
  }
}

const HOLDER = 'this process'

/** Records lists and a head within the turn of a process, without mirrors unless there are some. */
async function publish(
  store: Store,
  lists: readonly PublishedList[],
  newHead: PublishedHead,
  mirrors: readonly PublishedMirror[] = [],
): Promise<boolean> {
  const publication = { lists, mirrors, changes: NO_CHANGES, head: newHead, keyId: STATUS_KEY }
  return await store.recordPublication('acme', publication, { holder: HOLDER, until: NOW + 10_000 })
}

function mirror(version: number, changes: Partial<PublishedMirror> = {}): PublishedMirror {
  return {
    list: 2,
    version: NOW + version,
    validUntil: NOW + version + 1_000,
    jwt: `t ${version}`,
    ...changes,
  }
}

/** Publishes every dirty list of the tenant as it is. */
async function publishAll(store: Store, seq: number): Promise<boolean> {
  const dirty = await store.dirtyLists('acme', 0)
  const lists = dirty.map(({ list: number, purpose, revision }) =>
    list(seq, { list: number, purpose, revision }),
  )
  return publish(store, lists, head(seq))
}

describe('dirtyLists', () => {
  it('names what was never published, owners first', async () => {
    const store = await openTenant()

    const dirty = await store.dirtyLists('acme', 0)

    expect(dirty.map(({ kind }) => kind)).toEqual(['owner', 'owner', 'agent', 'agent'])
    expect(dirty.every(({ publishedVersion }) => publishedVersion === 0)).toBe(true)
    expect(dirty.every(({ bits }) => bits.length === 16_384 && bits.every((byte) => byte === 0))).toBe(true)
  })

  it('names exactly the lists whose bits changed since', async () => {
    const store = await openTenant()
    const { delegation } = await addDelegation(store)
    await publishAll(store, 1)
    expect(await store.dirtyLists('acme', 0)).toEqual([])

    await ok(store.revokeDelegation(delegation.id, 'leaked', context()))

    const [changed, ...others] = await store.dirtyLists('acme', 0)
    expect(others).toEqual([])
    expect(changed).toMatchObject({
      list: 2,
      purpose: 'revocation',
      publishedVersion: NOW + 1,
      publishedRevision: 1,
    })
    const { index } = delegation.position
    expect(changed?.bits[index >> 3]).toBe(0x80 >> (index & 7))
    expect(changed?.bits.filter((byte) => byte !== 0)).toHaveLength(1)
  })

  it('names what is published only until the given time', async () => {
    const store = await openTenant()
    await publishAll(store, 1)

    expect(await store.dirtyLists('acme', NOW + 1_001)).toEqual([])
    expect(await store.dirtyLists('acme', NOW + 1_002)).toHaveLength(4)
  })

  it('still names a list that changed while it was being published', async () => {
    const store = await openTenant()
    const { delegation } = await addDelegation(store)
    await publishAll(store, 1)
    await ok(store.revokeDelegation(delegation.id, 'leaked', context()))
    const [built] = await store.dirtyLists('acme', 0)
    const second = await addDelegation(store)
    await ok(store.revokeDelegation(second.delegation.id, 'leaked', context()))

    await publish(store, [list(2, { revision: built?.revision ?? 0 })], head(2))

    const [still] = await store.dirtyLists('acme', 0)
    expect(still).toMatchObject({ list: 2, purpose: 'revocation', publishedRevision: built?.revision })
    expect(still?.revision).toBeGreaterThan(built?.revision ?? 0)
  })
})

describe('the turn to publish', () => {
  const by = (store: Store, holder: string, seq: number, atMs: number) => {
    const publication = {
      lists: [],
      mirrors: [],
      changes: NO_CHANGES,
      head: head(seq, { iatMs: NOW + atMs }),
      keyId: STATUS_KEY,
    }
    return store.recordPublication('acme', publication, { holder, until: NOW + atMs + 10_000 })
  }

  it('is kept by whoever publishes, and nobody else may meanwhile', async () => {
    const store = await openTenant()
    expect(await store.publisher('acme')).toBeUndefined()

    expect(await by(store, 'one', 1, 0)).toBe(true)
    expect(await by(store, 'two', 2, 9_999)).toBe(false)
    expect(await by(store, 'one', 2, 9_999)).toBe(true)
    expect(await by(store, 'two', 3, 19_998)).toBe(false)
    expect(await store.publisher('acme')).toEqual({ holder: 'one', until: NOW + 19_999 })
    expect((await store.publishedHead('acme'))?.seq).toBe(2)
  })

  it("is anybody's when its time has passed, and fences off whoever had it", async () => {
    const store = await openTenant()
    await by(store, 'one', 1, 0)

    expect(await by(store, 'two', 2, 10_000)).toBe(true)
    expect(await by(store, 'one', 3, 10_001)).toBe(false)
  })

  it('can be given up by whoever has it', async () => {
    const store = await openTenant()
    await by(store, 'one', 1, 0)

    await store.leavePublication('acme', 'two')
    expect(await by(store, 'two', 2, 1)).toBe(false)
    await store.leavePublication('acme', 'one')
    expect(await by(store, 'two', 2, 1)).toBe(true)
  })

  it('is not taken by what goes back', async () => {
    const store = await openTenant()
    await by(store, 'one', 5, 0)

    expect(await by(store, 'two', 5, 10_000)).toBe(false)
    expect(await store.publisher('acme')).toMatchObject({ holder: 'one' })
  })
})

describe('recordPublication', () => {
  it('serves lists, versions, head and leaf table', async () => {
    const store = await openTenant()

    expect(await publish(store, [list(1)], head(1))).toBe(true)
    expect(await publish(store, [list(2)], head(2))).toBe(true)

    expect(await store.publishedLists('acme')).toEqual([list(2)])
    expect(await store.publishedList('acme', 2, 'revocation')).toEqual(list(2))
    expect(await store.publishedList('acme', 2, 'revocation', NOW + 1)).toEqual(list(1))
    expect(await store.publishedList('acme', 2, 'suspension')).toBeUndefined()
    expect(await store.publishedHead('acme')).toEqual(head(2))
    expect(await store.leafTable('acme', 'root-1')).toBe('leaves 1')
    expect(await store.leafTable('acme', 'root-9')).toBeUndefined()
  })

  it('serves what changed within a slice as it stands, and forgets slices that nobody asks for any more', async () => {
    const store = await openTenant()
    const record = (slice: number, body: string, seq: number) =>
      store.recordPublication(
        'acme',
        { lists: [], mirrors: [], changes: { slice, body }, head: head(seq), keyId: STATUS_KEY },
        { holder: HOLDER, until: NOW + 10_000 },
      )
    await record(100, 'some', 1)
    await record(100, 'some more', 2)
    await record(109, 'later', 3)

    expect(await store.publishedChanges('acme', 100)).toBe('some more')
    expect(await store.publishedChanges('acme', 101)).toBeUndefined()
    await record(110, 'last', 4)
    expect(await store.publishedChanges('acme', 100)).toBeUndefined()
    expect(await store.publishedChanges('acme', 109)).toBe('later')
  })

  it('takes a head alone, as a heartbeat, with the root that stands', async () => {
    const store = await openTenant()
    await publish(store, [list(1)], head(1))

    const heartbeat = head(2, { root: 'root-1', leafTable: 'leaves 1' })

    expect(await publish(store, [], heartbeat)).toBe(true)
    expect(await store.publishedHead('acme')).toEqual(heartbeat)
  })

  it.each([
    ['a head with the same seq', [], head(2)],
    ['a head with a lower seq', [], head(1, { iatMs: NOW + 99 })],
    ['a head that is not later', [], head(3, { iatMs: NOW + 2 })],
    ['a list of the same version', [list(2)], head(3)],
    ['a list of a lower version', [list(1)], head(3)],
    ['a list with fewer changes than stand', [list(3, { revision: 0 })], head(3)],
    ['a list with changes that never were', [list(3, { revision: 9 })], head(3)],
    ['a list that does not exist', [list(3, { list: 9 })], head(3)],
    ['a good list beside a bad one', [list(3, { list: 1 }), list(1)], head(3)],
  ])('records nothing of %s [INV6]', async (_, lists, newHead) => {
    const store = await openTenant()
    await publish(store, [list(2)], head(2))

    expect(await publish(store, lists, newHead)).toBe(false)

    expect(await store.publishedLists('acme')).toEqual([list(2)])
    expect(await store.publishedHead('acme')).toEqual(head(2))
    expect(await publish(store, [list(3)], head(3))).toBe(true)
  })
})

describe('the mirror of a pair', () => {
  it('is the newest one that was recorded', async () => {
    const store = await openTenant()
    expect(await store.publishedMirror('acme', 2)).toBeUndefined()

    await publish(store, [list(1)], head(1), [mirror(1)])
    await publish(store, [list(2)], head(2), [mirror(2), mirror(2, { list: 1 })])
    await publish(store, [], head(3))

    expect(await store.publishedMirror('acme', 2)).toEqual(mirror(2))
    expect(await store.publishedMirror('acme', 1)).toEqual(mirror(2, { list: 1 }))
    expect(await store.publishedMirror('globex', 2)).toBeUndefined()
  })

  it.each([
    ['an older one', mirror(1)],
    ['one of the same time', mirror(2)],
    ['one of a pair that does not exist', mirror(3, { list: 9 })],
  ])('that is %s keeps all beside it from being recorded [INV6]', async (_, late) => {
    const store = await openTenant()
    await publish(store, [list(2)], head(2), [mirror(2)])

    expect(await publish(store, [list(3)], head(3), [late])).toBe(false)

    expect(await store.publishedLists('acme')).toEqual([list(2)])
    expect(await store.publishedMirror('acme', 2)).toEqual(mirror(2))
    expect(await publish(store, [list(3)], head(3), [mirror(3)])).toBe(true)
  })
})

describe('prune', () => {
  it('forgets superseded versions and leaf tables, never what stands', async () => {
    const store = await openTenant()
    for (const seq of [1, 2, 3]) await publish(store, [list(seq)], head(seq))

    await store.prune(NOW + 3)

    expect(await store.publishedList('acme', 2, 'revocation', NOW + 1)).toBeUndefined()
    expect(await store.publishedList('acme', 2, 'revocation', NOW + 2)).toEqual(list(2))
    expect(await store.leafTable('acme', 'root-1')).toBeUndefined()
    expect(await store.leafTable('acme', 'root-2')).toBe('leaves 2')

    await store.prune(Number.MAX_SAFE_INTEGER)

    expect(await store.publishedLists('acme')).toEqual([list(3)])
    expect(await store.publishedHead('acme')).toEqual(head(3))
  })
})

describe('onStatusChange', () => {
  it('tells of each commit that changes a bit, and of no other', async () => {
    const store = await openTenant()
    const told: string[] = []
    const stop = store.onStatusChange((tenant) => told.push(tenant))
    await addTenant(store, 'globex', 'did:key:zGlobex')
    told.length = 0

    const { owner, delegation } = await addDelegation(store)
    expect(told).toEqual([])
    await ok(store.revokeDelegation(delegation.id, 'leaked', context()))
    expect(told).toEqual(['acme'])
    await ok(store.revokeDelegation(delegation.id, 'again', context()))
    expect(told).toEqual(['acme'])
    await ok(store.placeHold({ kind: 'owner', id: owner.id }, 'admin', 'r', context()))
    expect(told).toEqual(['acme', 'acme'])

    stop()
    await ok(store.offboardOwner(owner.id, 'left', context()))
    expect(told).toEqual(['acme', 'acme'])
  })
})
