import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSqliteStores } from '../../src/stores/index.ts'
import { temporaryFile } from '../server/store/fixtures.ts'

describe('a new file of the stores', () => {
  it('is waited for while another process makes something of it', async () => {
    const file = await temporaryFile()
    const other = new DatabaseSync(file)
    other.exec('BEGIN; SELECT * FROM sqlite_schema')

    const opening = openSqliteStores({ file })
    setTimeout(() => other.close(), 200)
    const stores = await opening
    onTestFinished(() => stores.close())

    expect(await stores.replay.use('key', 'nonce', Date.now() + 60_000)).toBe('fresh')
  })

  it('is opened by several at once', async () => {
    const file = await temporaryFile()
    const all = await Promise.all(Array.from({ length: 6 }, () => openSqliteStores({ file })))
    onTestFinished(async () => {
      for (const stores of all) await stores.close()
    })

    const uses = await Promise.all(all.map(({ replay }) => replay.use('key', 'nonce', Date.now() + 60_000)))
    expect(uses.filter((use) => use === 'fresh')).toHaveLength(1)
  })
})
