import { describe, expect, it, onTestFinished } from 'vitest'
import { LIST_ENTRIES } from '../../../src/server/store/index-permutation.ts'
import { Allocator, createList } from '../../../src/server/store/sql/allocator.ts'
import { openWriter, type SqliteConnection } from '../../../src/server/store/sqlite/database.ts'
import { migrate } from '../../../src/server/store/sqlite/migrate.ts'
import { INDEX_SECRET, temporaryFile } from './fixtures.ts'

async function openLists(): Promise<SqliteConnection> {
  const db = openWriter(await temporaryFile())
  onTestFinished(() => db.close())
  await migrate(db)
  await db.exec(`INSERT INTO tenants (tenant_id, name, environment, authority, status_issuer, created_at)
    VALUES ('acme', 'Acme', 'production', 'did:key:zA', 'did:key:zS', 0)`)
  await createList(db, 'acme', 'owner')
  await createList(db, 'acme', 'agent')
  return db
}

async function openAllocator(db: SqliteConnection): Promise<Allocator> {
  const allocator = new Allocator(db)
  await allocator.unlock('acme', INDEX_SECRET)
  return allocator
}

async function take(allocator: Allocator, count: number) {
  await allocator.reserve('acme', 'agent', count)
  return await allocator.take('acme', 'agent', count)
}

async function listsOf(db: SqliteConnection) {
  const rows = await db.all("SELECT list, next FROM lists WHERE kind = 'agent' ORDER BY list")
  return rows.map(({ list, next }) => [list, next])
}

describe('Allocator', () => {
  it('records a block before it gives anything of it', async () => {
    const db = await openLists()
    const allocator = await openAllocator(db)

    await allocator.reserve('acme', 'agent', 1)

    expect(await listsOf(db)).toEqual([[2, 1_024]])
    expect(await allocator.take('acme', 'agent', 1)).toMatchObject({ list: 2, first: 0 })
  })

  it('burns the rest of a block when it is started again, and gives nothing twice [ST-01]', async () => {
    const db = await openLists()
    const before = await take(await openAllocator(db), 9)

    const after = await take(await openAllocator(db), 9)

    expect(before.first).toBe(0)
    expect(after.first).toBe(1_024)
    expect(new Set([...before.indexes, ...after.indexes]).size).toBe(18)
  })

  it('forgets its blocks with a transaction that failed', async () => {
    const db = await openLists()
    const allocator = await openAllocator(db)
    await db.exec('BEGIN')
    await take(allocator, 5)
    await db.rollback()
    allocator.forget()

    expect((await take(allocator, 5)).first).toBe(0)
    expect(await listsOf(db)).toEqual([[2, 1_024]])
  })

  it('makes a spare list before the current one is used up, and then goes on in it', async () => {
    const db = await openLists()
    const allocator = await openAllocator(db)
    const seen = new Map<number, Set<number>>()
    let spareAt = 0
    for (let taken = 0; taken < LIST_ENTRIES + 1_000; taken += 250) {
      const { list, indexes } = await take(allocator, 250)
      const known = seen.get(list) ?? new Set()
      seen.set(list, known)
      for (const index of indexes) known.add(index)
      if (spareAt === 0 && (await listsOf(db)).length > 1) spareAt = taken
    }

    expect(spareAt).toBeGreaterThan(LIST_ENTRIES * 0.7)
    expect(spareAt).toBeLessThan(LIST_ENTRIES * 0.8)
    expect([...seen.keys()]).toEqual([2, 3])
    expect(seen.get(2)?.size).toBeGreaterThan(LIST_ENTRIES - 250)
    expect((await listsOf(db))[0]).toEqual([2, LIST_ENTRIES])
    expect([...seen.values()].reduce((sum, { size }) => sum + size, 0)).toBeGreaterThanOrEqual(
      LIST_ENTRIES + 1_000,
    )
  })

  it('takes more of a given list only as far as it goes', async () => {
    const db = await openLists()
    const allocator = await openAllocator(db)
    await take(allocator, 1)
    await db.exec(`UPDATE lists SET next = ${LIST_ENTRIES} WHERE list = 2`)

    await allocator.reserveIn('acme', 2, 2_000)

    expect(allocator.holds('acme', 2, 2_000)).toBe(false)
    expect(allocator.holds('acme', 2, 1_000)).toBe(true)
    expect(() => allocator.takeIn('acme', 2, 2_000)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_STORAGE' }),
    )
  })

  it('shares a list with another process, block by block [ST-03]', async () => {
    const db = await openLists()
    const [one, two] = [await openAllocator(db), await openAllocator(db)]
    const indexes: Awaited<ReturnType<typeof take>>[] = []
    for (let i = 0; i < 500; i++) indexes.push(await take(one, 9), await take(two, 9))

    expect(new Set(indexes.flatMap((allocation) => allocation.indexes)).size).toBe(9_000)
  })

  it('refuses a secret that is not the one of before: it would give indexes twice [KC-02]', async () => {
    const db = await openLists()
    await openAllocator(db)
    const other = new Allocator(db)

    await expect(other.unlock('acme', new Uint8Array(32))).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
    })
    await expect(other.unlock('globex', INDEX_SECRET)).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
    await expect(take(other, 1)).rejects.toMatchObject({ code: 'ERR_PROCURA_NOT_STARTED' })
    await other.unlock('acme', INDEX_SECRET)
    expect(await take(other, 1)).toMatchObject({ list: 2 })
  })
})
