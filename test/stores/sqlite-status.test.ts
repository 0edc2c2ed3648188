import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStores, type SqliteStores } from '../../src/stores/index.ts'
import { SCHEMA_STEPS } from '../../src/stores/sqlite/schema.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import { AUDIENCE, World } from '../helpers/world.ts'

const AUTHORITY = 'did:web:id.example'
const MIB = 1024 * 1024

let folder: string
let opened: SqliteStores[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sqlite-status-'))
  opened = []
})

afterEach(async () => {
  await Promise.all(opened.map((stores) => stores.close()))
  await rm(folder, { recursive: true, force: true })
})

async function open(maxBytes = 64 * MIB): Promise<SqliteStores> {
  const stores = await openSqliteStores({ file: join(folder, 'stores.sqlite'), maxBytes })
  opened.push(stores)
  return stores
}

describe('status in the file of the stores', () => {
  it('is what was saved last, for each authority and all processes', async () => {
    const [{ statusStore }, other] = [await open(), await open()]
    expect(await statusStore.load(AUTHORITY)).toBeUndefined()
    await statusStore.save(AUTHORITY, Uint8Array.of(1))
    await statusStore.save(AUTHORITY, Uint8Array.of(2))
    await statusStore.save('did:web:other.example', Uint8Array.of(3))

    expect(await other.statusStore.load(AUTHORITY)).toEqual(Uint8Array.of(2))
    expect(await other.statusStore.load('did:web:other.example')).toEqual(Uint8Array.of(3))
  })

  it('has a quarter of the file, and leaves the rest to what requests wait for', async () => {
    const { statusStore, replay } = await open(4 * MIB)
    await statusStore.save(AUTHORITY, new Uint8Array(MIB / 2))
    await statusStore.save(AUTHORITY, new Uint8Array(MIB))

    await expect(statusStore.save('did:web:other.example', Uint8Array.of(1))).rejects.toThrow(
      'raise maxBytes',
    )
    expect(await replay.use('key', 'nonce', Date.now() + 60_000)).toBe('fresh')
    expect(await statusStore.load(AUTHORITY)).toHaveLength(MIB)
  })

  it('gets its table in a file of before', async () => {
    const file = new DatabaseSync(join(folder, 'stores.sqlite'))
    for (const step of SCHEMA_STEPS.slice(0, 2)) file.exec(step)
    file.close()
    const { statusStore } = await open()
    await statusStore.save(AUTHORITY, Uint8Array.of(1))

    expect(await statusStore.load(AUTHORITY)).toEqual(Uint8Array.of(1))
  })

  it('lets a verifier go on while the issuer is down', async () => {
    const world = await World.create()
    const { close: _, ...stores } = await open()
    const options = { audience: AUDIENCE, trust: [world.trust], freshness: { '*': 'sensitive' } } as const
    const make = () => createVerifier({ ...options, ...stores, fetch: world.site.fetch, clock: world.clock })
    await make().sync()
    world.site.reachable = false
    const next = make()
    await next.sync()

    expect(next.status()).toMatchObject([
      { lists: 2, source: 'kept', failure: { code: 'status_unavailable' } },
    ])
    const request = await world.present(await world.agentChain())
    expect(await next.verify(request, { action: 'mail.read' })).toMatchObject({ verified: true })
  })
})
