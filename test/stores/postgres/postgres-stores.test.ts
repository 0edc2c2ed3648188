import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  openPostgresStores,
  type PostgresStoresOptions,
  type SharedStores,
} from '../../../src/stores/index.ts'
import { MAX_HELD_NONCES_PER_KEY } from '../../../src/verifier/ports.ts'
import { keepsChains, keptChain } from '../../helpers/chain-store-contract.ts'
import { charge, keepUsageAndNonces, MINUTE, NOW } from '../../helpers/shared-stores-contract.ts'
import { temporaryDatabase } from '../../server/store/fixtures.ts'

const MIB = 1024 * 1024

async function open(options: Partial<PostgresStoresOptions> = {}): Promise<SharedStores> {
  const stores = await openPostgresStores({ url: await temporaryDatabase(), clock: () => NOW, ...options })
  onTestFinished(() => stores.close())
  return stores
}

/** Looks, and does, as an administrator. */
async function ask(url: string, sql: string, values: unknown[] = []) {
  const client = new pg.Client(url.replace(/\/\/\w+@/, '//postgres@'))
  await client.connect()
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end()
  }
}

async function rows(url: string): Promise<Record<string, number>> {
  const tables = ['usage', 'agents', 'nonces', 'holders']
  const counts = tables.map((table) => `(SELECT count(*)::integer FROM procura_stores.${table}) AS ${table}`)
  const [first] = await ask(url, `SELECT ${counts.join(', ')}`)
  return first
}

describe('stores on a server', () => {
  keepUsageAndNonces((clock) => open({ clock }))

  it('are what they were for whoever opens them again, and for all who have them open', async () => {
    const url = await temporaryDatabase()
    const [first, second] = [await open({ url }), await open({ url })]
    await first.usage.reserve('a', [charge('k')])
    await first.replay.use('a', 'n', NOW + MINUTE)
    await first.chains.put(':a:', keptChain({ texts: ['a'] }))

    for (const { usage, replay, chains } of [second, await open({ url })]) {
      expect(await usage.reserve('a', [charge('k', 2n)])).toEqual({ exhausted: [0] })
      expect(await replay.use('a', 'n', NOW + MINUTE)).toBe('replayed')
      expect(await chains.get(':a:')).toEqual(['a'])
    }
  })

  it('grant no more than the maximum to many processes at once, and a nonce to one of them', async () => {
    const url = await temporaryDatabase()
    const all = await Promise.all(Array.from({ length: 4 }, () => open({ url })))
    const each = <T>(work: (stores: SharedStores) => T | PromiseLike<T>) =>
      Promise.all(Array.from({ length: 16 }, () => all.map(work)).flat())

    const reserved = await each(({ usage }) =>
      usage.reserve('a', [charge('x', 1n, 10n), charge('y', 1n, 99n)]),
    )
    const used = await each(({ replay }) => replay.use('a', 'n', NOW + MINUTE))

    expect(reserved.filter((answer) => answer === 'reserved')).toHaveLength(10)
    expect(used.filter((answer) => answer === 'fresh')).toHaveLength(1)
    expect(used.filter((answer) => answer === 'replayed')).toHaveLength(63)
  })

  it('name nobody', async () => {
    const url = await temporaryDatabase()
    const { usage, replay } = await open({ url })
    await usage.reserve('did:key:zAuthority did:key:zOwner agt_1', [charge('count c1 - ever')])
    await replay.use('thumbprint', 'tag nonce', NOW + MINUTE)

    const content = JSON.stringify([
      await ask(url, 'SELECT * FROM procura_stores.usage'),
      await ask(url, 'SELECT * FROM procura_stores.nonces'),
    ])
    expect(content).not.toMatch(/zAuthority|agt_1|c1|thumbprint|tag/)
  })

  it('leave no rows of what has ended, whoever asks next', async () => {
    const url = await temporaryDatabase()
    let now = NOW
    const { usage, replay } = await open({ url, clock: () => now })
    await usage.reserve('a', [charge('k'), charge('l')])
    await replay.use('a', 'n', NOW + MINUTE)
    await replay.use('a', 'm', NOW + MINUTE)
    expect(await rows(url)).toEqual({ usage: 2, agents: 1, nonces: 2, holders: 1 })
    now += 2 * MINUTE
    await replay.use('b', 'n', now + MINUTE)

    await expect.poll(() => rows(url)).toEqual({ usage: 0, agents: 0, nonces: 1, holders: 1 })
  })

  it('hold so many nonces of a key and no more, and recover', async () => {
    const url = await temporaryDatabase()
    let now = NOW
    const { replay } = await open({ url, clock: () => now })
    await replay.use('greedy', 'first', NOW + MINUTE)
    const fill = `INSERT INTO procura_stores.nonces SELECT holder, decode(lpad(to_hex(i), 8, '0'), 'hex'), $1
      FROM procura_stores.holders, generate_series(1, $2) AS i`
    await ask(url, fill, [NOW + MINUTE, MAX_HELD_NONCES_PER_KEY - 2])
    await ask(url, 'UPDATE procura_stores.holders SET nonces = $1', [MAX_HELD_NONCES_PER_KEY - 1])

    expect(await replay.use('greedy', 'last', NOW + MINUTE)).toBe('fresh')
    expect(await replay.use('greedy', 'one more', NOW + MINUTE)).toBe('unavailable')
    expect(await replay.use('modest', 'first', NOW + MINUTE)).toBe('fresh')
    now += 2 * MINUTE
    expect(await replay.use('greedy', 'one more', now + MINUTE)).toBe('fresh')
  })

  it('refuse while the server is away, and go on when it is back', async () => {
    const url = await temporaryDatabase()
    const { replay } = await open({ url })
    await replay.use('a', 'n', NOW + MINUTE)
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`

    await ask(url, cut)

    await expect
      .poll(() => Promise.resolve(replay.use('a', 'n', NOW + MINUTE)).catch(({ code }) => code))
      .toBe('replayed')
  })
})

describe('chains on a server', () => {
  keepsChains(async (clock) => (await open({ clock })).chains, 546)

  it('have room for 16 MiB of one authority, and 64 MiB in all, of which the largest share makes room', async () => {
    const url = await temporaryDatabase()
    const { chains } = await open({ url })
    const texts = ['x'.repeat(4 * MIB - 4)]
    for (const authority of ['a', 'b', 'c', 'd', 'e']) {
      for (let i = 0; i < 5; i++) {
        const presenter = `${authority}${i}`
        expect(await chains.put(presenter, keptChain({ texts, authority, presenter }))).toBe(true)
      }
    }

    const shares = await ask(
      url,
      'SELECT count(*)::integer AS kept, sum(bytes)::integer AS bytes FROM procura_stores.chains GROUP BY authority',
    )
    expect(shares.map(({ kept }) => kept).sort()).toEqual([3, 3, 3, 3, 4])
    expect(shares.every(({ bytes }) => bytes <= 16 * MIB)).toBe(true)
  })
})

describe('openPostgresStores', () => {
  it.each([
    ['no URL', 'localhost/procura', 'ERR_PROCURA_INVALID_CONFIGURATION'],
    ['a URL of another kind', 'mysql://root@127.0.0.1/x', 'ERR_PROCURA_INVALID_CONFIGURATION'],
    ['a server that is not there', 'postgres://u:secret-word@127.0.0.1:1/x', 'ERR_PROCURA_STORAGE'],
  ])('refuses %s, and shows no password', async (_, url, code) => {
    const failure = await openPostgresStores({ url }).catch((error: unknown) => error)

    expect(failure).toMatchObject({ code })
    expect(String(failure)).not.toContain('secret-word')
  })

  it('is done by many at the same moment', async () => {
    const url = await temporaryDatabase()
    const all = await Promise.all(Array.from({ length: 6 }, () => open({ url })))

    expect(await Promise.all(all.map(({ replay }) => replay.use('a', 'n', NOW + MINUTE)))).toContain('fresh')
  })

  it('leaves data of a newer version alone', async () => {
    const url = await temporaryDatabase()
    await (await open({ url })).close()
    await ask(url, 'INSERT INTO procura_stores.schema_version VALUES (99)')

    await expect(open({ url })).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
      message: expect.stringContaining('schema 99'),
    })
  })
})
