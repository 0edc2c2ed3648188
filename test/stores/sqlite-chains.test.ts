import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSqliteStores, type SharedStores, type SqliteStoresOptions } from '../../src/stores/index.ts'
import { ChainTable } from '../../src/stores/sqlite/chain-table.ts'
import { SCHEMA_STEPS } from '../../src/stores/sqlite/schema.ts'
import { Statements } from '../../src/stores/sqlite/statements.ts'
import { keepsChains, keptChain } from '../helpers/chain-store-contract.ts'
import { temporaryFile } from '../server/store/fixtures.ts'

const MIB = 1024 * 1024

async function open(options: Partial<SqliteStoresOptions> = {}): Promise<SharedStores> {
  const stores = await openSqliteStores({ file: await temporaryFile(), clock: () => 0, ...options })
  onTestFinished(() => stores.close())
  return stores
}

describe('the store of chains in a file', () => {
  keepsChains(async (clock) => (await open({ clock, maxBytes: MIB })).chains, 8)

  it('is what it was when the file is opened again, and for whoever else has it open', async () => {
    const file = await temporaryFile()
    const [first, second] = [await open({ file }), await open({ file })]
    await first.chains.put(':a:', keptChain({ texts: ['a'] }))
    expect(await second.chains.get(':a:')).toEqual(['a'])
    await Promise.all([first.close(), second.close()])
    const { chains } = await open({ file })

    expect(await chains.get(':a:')).toEqual(['a'])
  })

  it('has room for 16 MiB of one authority, and 64 MiB in all, of which the largest share makes room', () => {
    const database = new DatabaseSync(':memory:')
    for (const step of SCHEMA_STEPS) database.exec(step)
    const table = new ChainTable(new Statements(database), 1024 * MIB)
    const texts = ['x'.repeat(4 * MIB - 4)]
    for (const authority of ['a', 'b', 'c', 'd', 'e']) {
      for (let i = 0; i < 5; i++) {
        const presenter = `${authority}${i}`
        expect(table.keep(presenter, keptChain({ texts, authority, presenter }), 0)).toBe(true)
      }
    }

    const shares = database.prepare(
      'SELECT count(*) AS kept, sum(bytes) AS bytes FROM chains GROUP BY authority',
    )
    const kept = shares.all().map((share) => Number(share.kept))
    expect(kept.sort()).toEqual([3, 3, 3, 3, 4])
    expect(shares.all().every((share) => Number(share.bytes) <= 16 * MIB)).toBe(true)
  })

  it('takes away what has ended, in its shares as well', async () => {
    const file = await temporaryFile()
    let now = 0
    const { chains, replay } = await open({ file, clock: () => now })
    await chains.put(':a:', keptChain({ expiresAt: 1000 }))
    now = 1000
    await replay.use('somebody', 'else', 2000)

    const database = new DatabaseSync(file, { readOnly: true })
    onTestFinished(() => database.close())
    const count = (table: string) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n
    expect([count('chains'), count('shares'), count('nonces')]).toEqual([0, 0, 1])
  })

  it('leaves room in a small file for nonces', async () => {
    const { chains, replay } = await open({ maxBytes: MIB })
    for (let i = 0; i < 200; i++)
      await chains.put(`:${i}:`, keptChain({ texts: ['x'.repeat(10_000)], presenter: `${i}` }))
    const used = Array.from({ length: 1000 }, (_, i) => replay.use(`key ${i}`, 'n', 1000))

    expect(new Set(await Promise.all(used))).toEqual(new Set(['fresh']))
  })

  it('has nothing where somebody has written something else', async () => {
    const file = await temporaryFile()
    const { chains, usage } = await open({ file })
    await chains.put(':a:', keptChain())
    const database = new DatabaseSync(file)
    onTestFinished(() => database.close())
    const charges = [{ key: 'k', amount: 1n, max: 1n, keepUntil: 1 }]
    for (const texts of ['not JSON', '{}']) {
      database.prepare('UPDATE chains SET texts = ?').run(texts)
      const [found, reserved] = await Promise.all([chains.get(':a:'), usage.reserve(texts, charges)])

      expect([found, reserved]).toEqual([undefined, 'reserved'])
    }
  })
})

describe('a file of the schema before there were chains', () => {
  it('gets them, and loses nothing', async () => {
    const file = await temporaryFile()
    const { replay, close } = await open({ file })
    await replay.use('a', 'n', 1000)
    await close()
    const database = new DatabaseSync(file)
    database.exec('DROP TABLE statuses; DROP TABLE chains; DROP TABLE shares; PRAGMA user_version = 1')
    database.close()
    const { chains, replay: again } = await open({ file })

    expect(await chains.put(':a:', keptChain({ texts: ['a'] }))).toBe(true)
    expect(await chains.get(':a:')).toEqual(['a'])
    expect(await again.use('a', 'n', 1000)).toBe('replayed')
  })
})
