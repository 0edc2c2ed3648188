import { describe, expect, it } from 'vitest'
import { encodeJcs } from '../../../src/core/jcs.ts'
import { merkleRoot } from '../../../src/core/merkle.ts'
import { TiledTree } from '../../../src/core/merkle-tiles.ts'
import type { Store } from '../../../src/issuer/ports.ts'
import type { AuditEntry } from '../../../src/issuer/records.ts'
import { growTree } from '../../../src/server/audit/grow-tree.ts'
import {
  ADMIN,
  addOwner,
  addTenant,
  context,
  DAY,
  NOW,
  openStore,
  openTenant,
  temporaryDatabase,
} from './fixtures.ts'
import { openRaw } from './raw-database.ts'

/** The leaves of the trail, as a stranger makes them from the entries. */
async function leavesOf(store: Store, tenant = 'acme'): Promise<Uint8Array[]> {
  const { items } = await store.audit(tenant, {}, { limit: 1_000 })
  return items.map(leafOf)
}

function leafOf({ hash: _, ...content }: AuditEntry): Uint8Array {
  return encodeJcs(content)
}

function treeOf(store: Store, tenant = 'acme'): TiledTree {
  return new TiledTree((level, index) => store.auditTile(tenant, level, index))
}

async function addOwners(store: Store, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await addOwner(store)
}

describe('the tree over the audit trail', () => {
  it('is that of RFC 6962 over the canonical entries, however it grew [A2]', async () => {
    const store = await openTenant()
    let size = 0
    for (const count of [0, 1, 5, 249, 1, 2]) {
      await addOwners(store, count)
      size += count + (size === 0 ? 1 : 0)

      expect(await growTree(store, 'acme')).toEqual({ grown: true, size })
      expect(await treeOf(store).root(size)).toEqual(merkleRoot(await leavesOf(store)))
    }
  })

  it('takes any number of entries in, some hundreds at a time', async () => {
    const store = await openStore()
    await addTenant(store, 'acme', ADMIN.did)
    await Promise.all(Array.from({ length: 1100 }, () => addOwner(store)))

    expect(await growTree(store, 'acme')).toEqual({ grown: true, size: 1101 })
    const { next = '', items } = await store.audit('acme', {}, { limit: 1_000 })
    const { items: others } = await store.audit('acme', {}, { limit: 1_000, after: next })
    expect(await treeOf(store).root(1101)).toEqual(merkleRoot([...items, ...others].map(leafOf)))
  })

  it("is each tenant's own [T1]", async () => {
    const store = await openTenant()
    await addTenant(store, 'globex', 'did:key:zGlobex')
    await addOwner(store)
    await growTree(store, 'acme')
    await growTree(store, 'globex')

    expect(await treeOf(store, 'globex').root(1)).toEqual(merkleRoot(await leavesOf(store, 'globex')))
    expect(await store.auditTile('globex', 0, 0)).toHaveLength(32)
    expect(await store.auditTile('acme', 0, 0)).toHaveLength(64)
    expect(await store.auditTile('nobody', 0, 0)).toBeUndefined()
  })

  it.each([
    ['changed', "UPDATE audit SET entry = replace(entry, 'own_', 'agt_') WHERE seq = 5", 5, 'hash_mismatch'],
    [
      'exchanged with the next one',
      'UPDATE audit SET seq = 100 - seq WHERE seq IN (5, 6); UPDATE audit SET seq = seq - 89 WHERE seq > 90',
      5,
      'gap',
    ],
    ['taken out', 'DELETE FROM audit WHERE seq = 5', 5, 'gap'],
    [
      'changed together with its hash',
      "UPDATE audit SET hash = CASE substr(hash, 1, 1) WHEN '_' THEN '-' ELSE '_' END || substr(hash, 2) WHERE seq = 5",
      5,
      'hash_mismatch',
    ],
    [
      'the last one that is in it, and changed',
      "UPDATE audit SET entry = replace(entry, 'own_', 'agt_') WHERE seq = 3",
      3,
      'rewritten',
    ],
    [
      'the last one that is in it, and cut with all after',
      'DELETE FROM audit WHERE seq >= 3',
      3,
      'truncated',
    ],
  ])('stops at an entry that was %s [AL-01]', async (_, sql, seq, problem) => {
    const database = await temporaryDatabase()
    const store = await openTenant({ database })
    await addOwners(store, 2)
    expect(await growTree(store, 'acme')).toMatchObject({ size: 3 })
    await addOwners(store, 4)
    const db = await openRaw(database)
    await db.unguardAudit()
    await db.all(sql)

    expect(await growTree(store, 'acme')).toEqual({ grown: false, seq, problem })
    expect(await store.auditTile('acme', 0, 0)).toHaveLength(3 * 32)
  })

  it('has the same entries whoever of several makes it grow [AL-11]', async () => {
    const database = await temporaryDatabase()
    const first = await openStore({ database })
    await addTenant(first, 'acme', ADMIN.did)
    const second = await openStore({ database })
    await addOwners(first, 30)

    const steps = [first, second, first, second].map((store) => growTree(store, 'acme'))
    await Promise.all([...steps, addOwner(first)])
    expect(await growTree(second, 'acme')).toEqual({ grown: true, size: 32 })
    expect(await treeOf(first).root(32)).toEqual(merkleRoot(await leavesOf(second)))
  })
})

describe('a checkpoint', () => {
  it('is kept, and replaced by larger ones only [AL-02]', async () => {
    const store = await openTenant()
    await addOwners(store, 3)
    await growTree(store, 'acme')
    const [two, four] = [
      { size: 2, note: 'two', at: 2 },
      { size: 4, note: 'four', at: 4 },
    ]

    expect(await store.auditCheckpoint('acme')).toBeUndefined()
    expect(await store.recordCheckpoint('acme', two)).toBe(true)
    expect(await store.recordCheckpoint('acme', { ...two, note: 'another' })).toBe(false)
    expect(await store.auditCheckpoint('acme')).toEqual(two)
    expect(await store.recordCheckpoint('acme', four)).toBe(true)
    expect(await store.recordCheckpoint('acme', two)).toBe(false)
    expect(await store.auditCheckpoint('acme')).toEqual(four)
  })

  it('is grown from where it is only, so that two processes do not add one entry twice', async () => {
    const store = await openTenant()
    await growTree(store, 'acme')
    const tiles = [{ level: 0, index: 0, hashes: new Uint8Array(64) }]

    expect(await store.growAuditTree('acme', 0, tiles)).toBe(false)
    await expect(store.growAuditTree('acme', 1, tiles)).rejects.toMatchObject({ code: 'ERR_PROCURA_STORAGE' })
    expect(await store.auditTreeSize('acme')).toBe(1)
  })

  it('is of no more entries than the tree has', async () => {
    const store = await openTenant()
    await growTree(store, 'acme')

    expect(await store.recordCheckpoint('acme', { size: 2, note: 'n', at: 1 })).toBe(false)
    expect(await store.recordCheckpoint('acme', { size: 1, note: 'n', at: 1 })).toBe(true)
  })
})

describe('removing the texts of old entries', () => {
  const service = { tenant: 'acme', did: 'did:key:zAuthority', role: 'service' } as const
  const later = () => context({ principal: service, at: NOW + DAY })

  /** Seven entries, of which the tree has all and the checkpoint so many. */
  async function openCovered(size: number, database?: string) {
    const store = await openTenant(database === undefined ? {} : { database })
    await addOwners(store, 6)
    await growTree(store, 'acme')
    await store.recordCheckpoint('acme', { size, note: 'n', at: NOW })
    return store
  }

  /** Covers what tells of it, and removes. */
  async function removeCovered(store: Store) {
    const growth = await growTree(store, 'acme')
    if (growth.grown) await store.recordCheckpoint('acme', { size: growth.size, note: 'n', at: NOW })
    await store.removeAuditTexts('acme')
  }

  it('keeps their hashes, and is told by an entry that a checkpoint covers first [A2]', async () => {
    const store = await openCovered(7)
    const root = await treeOf(store).root(7)

    expect(await store.announceRemoval(NOW + 1, later())).toBe(6)
    expect(await store.removeAuditTexts('acme')).toBe(0)
    expect((await store.audit('acme', {}, { limit: 10 })).items).toHaveLength(8)
    await growTree(store, 'acme')
    await store.recordCheckpoint('acme', { size: 8, note: 'n', at: NOW })
    expect(await store.removeAuditTexts('acme')).toBe(6)

    const { items } = await store.audit('acme', {}, { limit: 10 })
    expect(items.map(({ seq }) => seq)).toEqual([7, 8])
    expect(items[1]).toMatchObject({
      action: 'audit.remove',
      role: 'service',
      actor: service.did,
      details: { from: 1, until: 6 },
    })
    expect(await treeOf(store).root(7)).toEqual(root)
    expect(await growTree(store, 'acme')).toEqual({ grown: true, size: 8 })
    expect(await store.announceRemoval(NOW + 1, later())).toBe(1)
    expect(await store.announceRemoval(NOW + 1, later())).toBe(0)
    expect(await store.removeAuditTexts('acme')).toBe(0)
  })

  it('removes nothing that is young, or that no checkpoint covers', async () => {
    const covered = await openCovered(3)

    expect(await covered.announceRemoval(NOW, later())).toBe(0)
    expect(await covered.announceRemoval(NOW + 1, later())).toBe(2)
    await removeCovered(covered)
    expect((await covered.audit('acme', {}, { limit: 10 })).items[0]).toMatchObject({ seq: 3 })
    const uncovered = await openTenant()
    await growTree(uncovered, 'acme')
    expect(await uncovered.announceRemoval(NOW + 1, later())).toBe(0)
  })

  it('leaves nothing of them to be found by owner or agent', async () => {
    const database = await temporaryDatabase()
    const store = await openCovered(7, database)
    await store.announceRemoval(NOW + 1, later())
    await removeCovered(store)
    const db = await openRaw(database)

    const rows = await db.all('SELECT entry, owner_id, agent_id FROM audit WHERE seq <= 6')
    expect(rows).toEqual(Array.from({ length: 6 }, () => ({ entry: '', owner_id: null, agent_id: null })))
  })

  it.each([
    ['a text that no entry says is removed', "UPDATE audit SET entry = '', owner_id = NULL WHERE seq = 7"],
    ['what was removed, by another text', "UPDATE audit SET entry = '{}' WHERE seq = 1"],
    [
      'the hash of what was removed',
      "UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), '_') WHERE seq = 1",
    ],
    ['what is said to be removed', 'UPDATE audit_removals SET last_seq = 7'],
    ['that it was removed', 'DELETE FROM audit_removals'],
    ['the entry itself', 'DELETE FROM audit WHERE seq = 1'],
    [
      'what no checkpoint covers',
      "INSERT INTO audit_removals (tenant_id, last_seq, told_by) VALUES ('acme', 8, 9)",
    ],
  ])('changes nothing else: not %s [A2]', async (_, sql) => {
    const database = await temporaryDatabase()
    const store = await openCovered(7, database)
    await store.announceRemoval(NOW + 1, later())
    await removeCovered(store)
    const db = await openRaw(database)

    await expect(Promise.resolve().then(() => db.all(sql))).rejects.toThrow(
      /append-only|no checkpoint covers/,
    )
  })
})
