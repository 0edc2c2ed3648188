import { copyFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Store } from '../../../src/issuer/ports.ts'
import { leaseQuotas } from '../../../src/server/store/sql/session.ts'
import { FileWriter } from '../../../src/server/store/sqlite/file-writer.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open-sqlite-store.ts'
import { fileHolds } from '../keys/fixtures.ts'
import { ADMIN, addTenant, context, NOW, newOwner, ok, temporaryFile } from './fixtures.ts'

/** Starting threads takes a while on a busy machine. */
vi.setConfig({ testTimeout: 60_000 })

const DID = 'did:key:zOwner'
const WRAPPED = Buffer.from('the wrapped key of an owner')
const NOWHERE = { list: 1, index: 0 } as const

/** A writer without its thread, so that a test says when it tidies up, and the calls that it answers. */
async function openWriter(file: string) {
  const writer = await FileWriter.open({ file, ...leaseQuotas({}) })
  onTestFinished(() => writer.close())
  const call = async (name: string, args: readonly unknown[]) => {
    const [answer] = (await writer.answer([{ id: 1, name, args }])).answers
    if (answer === undefined || 'fault' in answer) throw new Error(`${name} failed`)
    return answer.value
  }
  const names = ['createTenant', 'unlock', 'saveKey', 'createOwner', 'offboardOwner', 'leaseHolder'] as const
  const calls = names.map((name) => [name, (...args: unknown[]) => call(name, args)])
  return { writer, store: Object.fromEntries(calls) as Pick<Store, (typeof names)[number]> }
}

/** Makes the key of an owner and destroys it. */
async function destroyKey(
  given: Awaited<ReturnType<typeof openWriter>>['store'],
  file: string,
): Promise<void> {
  const store = given as Store
  await addTenant(store, 'acme', ADMIN.did)
  const key = {
    tenant: 'acme',
    id: `${DID}#key`,
    use: 'owner',
    did: DID,
    wrapped: WRAPPED,
    createdAt: NOW,
  } as const
  await store.saveKey(key)
  const { id } = await ok(store.createOwner(newOwner({ did: DID }), context()))
  expect(await fileHolds(file, WRAPPED)).toBe(true)
  await ok(store.offboardOwner(id, 'left', context()))
}

describe('the write-ahead log', () => {
  it('is rid of a destroyed key once nothing comes for a moment', async () => {
    const file = await temporaryFile()
    const store = await openSqliteStore({ file })
    onTestFinished(() => store.close())
    await destroyKey(store, file)

    await vi.waitFor(async () => expect(await fileHolds(file, WRAPPED)).toBe(false), 20_000)
  })

  it('is rid of a destroyed key soon though something always comes', async () => {
    const file = await temporaryFile()
    const store = await openSqliteStore({ file })
    onTestFinished(() => store.close())
    await destroyKey(store, file)
    let isOver = false
    const callers = Array.from({ length: 4 }, async () => {
      while (!isOver) await store.leaseHolder('acme', NOWHERE)
    })

    await vi.waitFor(async () => expect(await fileHolds(file, WRAPPED)).toBe(false), 20_000)
    isOver = true
    await Promise.all(callers)
  })

  it('is rid of the key that a process destroyed which was killed then', async () => {
    const [file, copy] = [await temporaryFile(), await temporaryFile()]
    const killed = await openWriter(file)
    await destroyKey(killed.store, file)
    for (const suffix of ['', '-wal']) await copyFile(file + suffix, copy + suffix)
    expect(await fileHolds(copy, WRAPPED)).toBe(true)

    const { writer } = await openWriter(copy)
    await writer.tidy(true)

    expect(await fileHolds(copy, WRAPPED)).toBe(false)
  })

  it('is folded into the file after many commits, when nothing comes and not before', async () => {
    const file = await temporaryFile()
    const { writer, store } = await openWriter(file)
    await writer.tidy(true)
    await addTenant(store as Store, 'acme', ADMIN.did)
    for (let i = 0; i < 64; i++) await store.leaseHolder('acme', NOWHERE)

    await writer.tidy(false)
    expect(await tenantsIn(file)).toBe(0)
    await writer.tidy(true)
    expect(await tenantsIn(file)).toBe(1)
  })
})

/** What the file says without its log. */
async function tenantsIn(file: string): Promise<number> {
  const alone = await temporaryFile()
  await copyFile(file, alone)
  const db = new DatabaseSync(alone)
  const row = db.prepare('SELECT count(*) AS n FROM tenants').get()
  db.close()
  return Number(row?.n)
}
