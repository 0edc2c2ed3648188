import { describe, expect, it, onTestFinished } from 'vitest'
import { LIST_ENTRIES } from '../../../src/server/store/index-permutation.ts'
import { Allocator, createList } from '../../../src/server/store/sqlite/allocator.ts'
import { type Database, openWriter } from '../../../src/server/store/sqlite/database.ts'
import { migrate } from '../../../src/server/store/sqlite/migrate.ts'
import { INDEX_SECRET, temporaryFile } from './fixtures.ts'

async function openLists(): Promise<Database> {
  const db = openWriter(await temporaryFile())
  onTestFinished(() => db.close())
  migrate(db)
  db.exec(`INSERT INTO tenants (tenant_id, name, environment, authority, status_issuer, created_at)
    VALUES ('acme', 'Acme', 'production', 'did:key:zA', 'did:key:zS', 0)`)
  createList(db, 'acme', 'owner')
  createList(db, 'acme', 'agent')
  return db
}

function openAllocator(db: Database): Allocator {
  const allocator = new Allocator(db)
  allocator.unlock('acme', INDEX_SECRET)
  return allocator
}

function take(allocator: Allocator, count: number) {
  allocator.reserve('acme', 'agent', count)
  return allocator.take('acme', 'agent', count)
}

function listsOf(db: Database) {
  return db
    .all("SELECT list, next FROM lists WHERE kind = 'agent' ORDER BY list")
    .map(({ list, next }) => [list, next])
}

describe('Allocator', () => {
  it('records a block before it gives anything of it', async () => {
    const db = await openLists()
    const allocator = openAllocator(db)

    allocator.reserve('acme', 'agent', 1)

    expect(listsOf(db)).toEqual([[2, 1_024]])
    expect(allocator.take('acme', 'agent', 1)).toMatchObject({ list: 2, first: 0 })
  })

  it('burns the rest of a block when it is started again, and gives nothing twice [ST-01]', async () => {
    const db = await openLists()
    const before = take(openAllocator(db), 9)

    const after = take(openAllocator(db), 9)

    expect(before.first).toBe(0)
    expect(after.first).toBe(1_024)
    expect(new Set([...before.indexes, ...after.indexes]).size).toBe(18)
  })

  it('forgets its blocks with a transaction that failed', async () => {
    const db = await openLists()
    const allocator = openAllocator(db)
    db.exec('BEGIN')
    take(allocator, 5)
    db.rollback()
    allocator.forget()

    expect(take(allocator, 5).first).toBe(0)
    expect(listsOf(db)).toEqual([[2, 1_024]])
  })

  it('makes a spare list before the current one is used up, and then goes on in it', async () => {
    const db = await openLists()
    const allocator = openAllocator(db)
    const seen = new Map<number, Set<number>>()
    let spareAt = 0
    for (let taken = 0; taken < LIST_ENTRIES + 1_000; taken += 250) {
      const { list, indexes } = take(allocator, 250)
      const known = seen.get(list) ?? new Set()
      seen.set(list, known)
      for (const index of indexes) known.add(index)
      if (spareAt === 0 && listsOf(db).length > 1) spareAt = taken
    }

    expect(spareAt).toBeGreaterThan(LIST_ENTRIES * 0.7)
    expect(spareAt).toBeLessThan(LIST_ENTRIES * 0.8)
    expect([...seen.keys()]).toEqual([2, 3])
    expect(seen.get(2)?.size).toBeGreaterThan(LIST_ENTRIES - 250)
    expect(listsOf(db)[0]).toEqual([2, LIST_ENTRIES])
    expect([...seen.values()].reduce((sum, { size }) => sum + size, 0)).toBeGreaterThanOrEqual(
      LIST_ENTRIES + 1_000,
    )
  })

  it('takes more of a given list only as far as it goes', async () => {
    const db = await openLists()
    const allocator = openAllocator(db)
    take(allocator, 1)
    db.exec(`UPDATE lists SET next = ${LIST_ENTRIES} WHERE list = 2`)

    allocator.reserveIn('acme', 2, 2_000)

    expect(allocator.holds('acme', 2, 2_000)).toBe(false)
    expect(allocator.holds('acme', 2, 1_000)).toBe(true)
    expect(() => allocator.takeIn('acme', 2, 2_000)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_STORAGE' }),
    )
  })

  it('shares a list with another process, block by block [ST-03]', async () => {
    const db = await openLists()
    const [one, two] = [openAllocator(db), openAllocator(db)]
    const indexes = Array.from({ length: 500 }, () => [take(one, 9), take(two, 9)]).flat()

    expect(new Set(indexes.flatMap((allocation) => allocation.indexes)).size).toBe(9_000)
  })

  it('refuses a secret that is not the one of before: it would give indexes twice [KC-02]', async () => {
    const db = await openLists()
    openAllocator(db)
    const other = new Allocator(db)

    expect(() => other.unlock('acme', new Uint8Array(32))).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_KEY' }),
    )
    expect(() => other.unlock('globex', INDEX_SECRET)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
    expect(() => take(other, 1)).toThrow(expect.objectContaining({ code: 'ERR_PROCURA_NOT_STARTED' }))
    expect(() => other.unlock('acme', INDEX_SECRET)).not.toThrow()
  })
})
