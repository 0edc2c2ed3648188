import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSqliteStores, type SharedStores, type SqliteStoresOptions } from '../../src/stores/index.ts'
import { assertNode } from '../../src/stores/sqlite/open-sqlite-stores.ts'
import { MAX_HELD_NONCES_PER_KEY } from '../../src/verifier/ports.ts'
import { charge, keepUsageAndNonces, MINUTE, NOW } from '../helpers/shared-stores-contract.ts'
import { temporaryFile } from '../server/store/fixtures.ts'

async function open(options: Partial<SqliteStoresOptions> = {}): Promise<SharedStores> {
  const stores = await openSqliteStores({ file: await temporaryFile(), clock: () => NOW, ...options })
  onTestFinished(() => stores.close())
  return stores
}

function rows(file: string, table: 'usage' | 'nonces' | 'holders'): number {
  const database = new DatabaseSync(file, { readOnly: true })
  const { held } = database.prepare(`SELECT count(*) AS held FROM ${table}`).get() ?? {}
  database.close()
  return Number(held)
}

describe('stores in a file', () => {
  keepUsageAndNonces((clock) => open({ clock }))
})

describe('usage in a file', () => {
  it('is kept until the latest time that was named, begins anew after it, and leaves no rows', async () => {
    const file = await temporaryFile()
    let now = NOW
    const { usage } = await open({ file, clock: () => now })
    await usage.reserve('a', [charge('k', 1n, 1n, NOW + MINUTE), charge('l')])
    now = NOW + MINUTE
    expect(await usage.reserve('a', [charge('k', 1n, 1n, NOW)])).toEqual({ exhausted: [0] })
    now++
    expect(await usage.reserve('a', [charge('k', 1n, 1n, now + MINUTE)])).toBe('reserved')

    expect(rows(file, 'usage')).toBe(1)
  })

  it('is what it was when the file is opened again', async () => {
    const file = await temporaryFile()
    const first = await open({ file })
    await first.usage.reserve('a', [charge('k')])
    await first.close()
    const { usage } = await open({ file })

    expect(await usage.reserve('a', [charge('k', 2n)])).toEqual({ exhausted: [0] })
    expect(await usage.reserve('a', [charge('k')])).toBe('reserved')
  })
})

describe('nonces in a file', () => {
  it('are kept until they end and no shorter, and leave no rows', async () => {
    const file = await temporaryFile()
    let now = NOW
    const { replay } = await open({ file, clock: () => now })
    await replay.use('a', 'n', NOW + MINUTE)
    now = NOW + MINUTE
    expect(await replay.use('a', 'n', NOW + MINUTE)).toBe('replayed')
    now++
    expect(await replay.use('b', 'm', now + MINUTE)).toBe('fresh')

    expect([rows(file, 'nonces'), rows(file, 'holders')]).toEqual([1, 1])
  })

  it('are bounded for each key, and recover', async () => {
    const file = await temporaryFile()
    let now = NOW
    const { replay } = await open({ file, clock: () => now })
    fill(file, 'greedy', MAX_HELD_NONCES_PER_KEY - 1)

    expect(await replay.use('greedy', 'last', NOW + MINUTE)).toBe('fresh')
    expect(await replay.use('greedy', 'one more', NOW + MINUTE)).toBe('unavailable')
    expect(await replay.use('modest', 'first', NOW + MINUTE)).toBe('fresh')
    now += 2 * MINUTE
    await replay.use('modest', 'second', now + MINUTE)
    expect(await replay.use('greedy', 'one more', now + MINUTE)).toBe('fresh')
  })
})

/** As if a holder had used so many nonces. */
function fill(file: string, holder: string, nonces: number): void {
  const database = new DatabaseSync(file)
  const insert = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO nonces SELECT ?, CAST(i AS BLOB), ? FROM n`
  database.prepare(insert).run(nonces, createHash('sha256').update(holder).digest(), NOW + MINUTE)
  database.close()
}

describe('the file', () => {
  it('is read by its owner only, and names nobody', async () => {
    const file = await temporaryFile()
    const { usage, replay, close } = await open({ file })
    await usage.reserve('did:key:zAuthority did:key:zOwner agt_1', [charge('count c1 - ever')])
    await replay.use('thumbprint', 'tag nonce', NOW + MINUTE)
    await close()

    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'latin1')).not.toMatch(/zAuthority|agt_1|c1|thumbprint|nonce$/)
  })

  it('that is full refuses, and goes on when something has ended', async () => {
    let now = NOW
    const { replay } = await open({ maxBytes: 1024 * 1024, clock: () => now })
    const answers: string[] = []
    for (let round = 0; !answers.includes('full') && round < 100; round++) {
      const used = Array.from({ length: 200 }, (_, i) =>
        Promise.resolve(replay.use(`key ${round}`, `n${i}`, NOW + MINUTE)).catch(() => 'full'),
      )
      answers.push(...(await Promise.all(used)))
    }

    expect(answers).toContain('full')
    now += 2 * MINUTE
    expect(await replay.use('later', 'n', now + MINUTE)).toBe('fresh')
  })

  it('of another program is left alone', async () => {
    const file = await temporaryFile()
    const other = new DatabaseSync(file)
    other.exec('CREATE TABLE theirs (a)')
    other.close()

    await expect(open({ file })).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_PROCURA_STORAGE',
        message: expect.stringContaining('another program'),
      }),
    )
  })

  it('of another version is not touched', async () => {
    const file = await temporaryFile()
    await (await open({ file })).close()
    const newer = new DatabaseSync(file)
    newer.exec('PRAGMA user_version = 4')
    newer.close()

    await expect(open({ file })).rejects.toThrow(expect.objectContaining({ code: 'ERR_PROCURA_STORAGE' }))
  })

  it('that is no database is refused', async () => {
    const file = await temporaryFile()
    writeFileSync(file, 'not a database, but long enough to be looked at'.repeat(100))

    await expect(open({ file })).rejects.toThrow(expect.objectContaining({ code: 'ERR_PROCURA_STORAGE' }))
  })

  it('may be opened by many at the same moment', async () => {
    const file = await temporaryFile()
    const all = await Promise.all(Array.from({ length: 6 }, () => open({ file })))
    const answers = await Promise.all(all.map(({ usage }) => usage.reserve('a', [charge('k')])))

    expect(answers.filter((answer) => answer === 'reserved')).toHaveLength(2)
  }, 30_000)
})

describe('the options', () => {
  it.each([
    ['no file', { file: '' }],
    ['too small a file', { maxBytes: 4096 }],
    ['a size that is no number', { maxBytes: Number.NaN }],
  ])('must not have %s', async (_, options) => {
    await expect(open(options)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }),
    )
  })

  it.each(['20.19.0', '22.12.0'])('need a newer Node than %s, and say so', (version) => {
    expect(() => assertNode(version)).toThrow(/Node 22\.13/)
  })

  it.each(['22.13.0', '24.1.0', '26.0.0'])('are satisfied with Node %s', (version) => {
    expect(() => assertNode(version)).not.toThrow()
  })
})
