import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSqliteStores, type SqliteStores, type SqliteStoresOptions } from '../../src/stores/index.ts'
import { assertNode } from '../../src/stores/sqlite/open-sqlite-stores.ts'
import { MAX_HELD_NONCES_PER_KEY, MAX_USAGE_KEYS_PER_AGENT } from '../../src/verifier/ports.ts'
import { temporaryFile } from '../server/store/fixtures.ts'

const NOW = Date.UTC(2026, 10, 22, 9)
const MINUTE = 60_000

const charge = (key: string, amount = 1n, max = 2n, keepUntil = NOW + MINUTE) => ({
  key,
  amount,
  max,
  keepUntil,
})

async function open(options: Partial<SqliteStoresOptions> = {}): Promise<SqliteStores> {
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

describe('usage in a file', () => {
  it('is reserved up to the maximum, and agents and keys are kept apart', async () => {
    const { usage } = await open()

    expect(await usage.reserve('a', [charge('k', 2n)])).toBe('reserved')
    expect(await usage.reserve('a', [charge('k')])).toEqual({ exhausted: [0] })
    expect(await usage.reserve('b', [charge('k')])).toBe('reserved')
    expect(await usage.reserve('a', [charge('other')])).toBe('reserved')
  })

  it('is reserved all or nothing, and says what does not fit', async () => {
    const { usage } = await open()

    expect(await usage.reserve('a', [charge('x'), charge('y', 3n), charge('z', 5n)])).toEqual({
      exhausted: [1, 2],
    })
    expect(await usage.reserve('a', [charge('x', 2n)])).toBe('reserved')
  })

  it('adds up amounts of 37 digits exactly', async () => {
    const { usage } = await open()
    const max = 10n ** 36n
    await usage.reserve('a', [charge('k', max - 1n, max)])

    expect(await usage.reserve('a', [charge('k', 2n, max)])).toEqual({ exhausted: [0] })
    expect(await usage.reserve('a', [charge('k', 1n, max)])).toBe('reserved')
  })

  it('is given back, never below nothing', async () => {
    const { usage } = await open()
    await usage.reserve('a', [charge('k', 2n)])
    await usage.release('a', [charge('k'), charge('unknown')])

    expect(await usage.reserve('a', [charge('k', 2n)])).toEqual({ exhausted: [0] })
    await usage.release('a', [charge('k', 9n)])
    expect(await usage.reserve('a', [charge('k', 2n)])).toBe('reserved')
    expect(await usage.reserve('a', [charge('k')])).toEqual({ exhausted: [0] })
  })

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

  it('is bounded for each agent', async () => {
    const { usage } = await open()
    for (let from = 0; from < MAX_USAGE_KEYS_PER_AGENT; from += 100) {
      const charges = Array.from({ length: 100 }, (_, i) => charge(`k${from + i}`))
      expect(await usage.reserve('greedy', charges)).toBe('reserved')
    }

    expect(await usage.reserve('greedy', [charge('one more')])).toBe('unavailable')
    expect(await usage.reserve('greedy', [charge('k0')])).toBe('reserved')
    expect(await usage.reserve('modest', [charge('first')])).toBe('reserved')
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
  it('are fresh once, for each key', async () => {
    const { replay } = await open()

    expect(await replay.use('a', 'n', NOW + MINUTE)).toBe('fresh')
    expect(await replay.use('a', 'n', NOW + MINUTE)).toBe('replayed')
    expect(await replay.use('b', 'n', NOW + MINUTE)).toBe('fresh')
    expect(await replay.use('a', 'm', NOW + MINUTE)).toBe('fresh')
  })

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
    newer.exec('PRAGMA user_version = 3')
    newer.close()

    await expect(open({ file })).rejects.toThrow(expect.objectContaining({ code: 'ERR_PROCURA_STORAGE' }))
  })

  it('that is no database is refused', async () => {
    const file = await temporaryFile()
    writeFileSync(file, 'not a database, but long enough to be looked at'.repeat(100))

    await expect(open({ file })).rejects.toThrow(expect.objectContaining({ code: 'ERR_PROCURA_STORAGE' }))
  })

  it('that is closed answers nobody', async () => {
    const { usage, replay, close } = await open()
    const pending = usage.reserve('a', [charge('k')])
    await close()

    expect(await pending).toBe('reserved')
    await expect(usage.reserve('a', [charge('k')])).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_STORAGE' }),
    )
    await expect(replay.use('a', 'n', NOW)).rejects.toThrow()
    await close()
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
