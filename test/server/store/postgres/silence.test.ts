import { expect, it, onTestFinished, vi } from 'vitest'
import { startSilentProxy } from '../../../helpers/silent-proxy.ts'
import { ADMIN, addOwner, addTenant, context, newOwner, openStore, temporaryDatabase } from '../fixtures.ts'

it('refuses what is under way when the way to the server is cut without a word, and goes on by itself', async () => {
  const database = new URL(await temporaryDatabase())
  const proxy = await startSilentProxy(Number(database.port))
  onTestFinished(() => proxy.close())
  database.port = String(proxy.port)
  const store = await openStore({ database: database.href })
  await addTenant(store, 'acme', ADMIN.did)
  const owner = await addOwner(store)
  const created = newOwner()
  const repeated = context({ idempotency: { key: 'k', requestDigest: 'd' } })

  proxy.cut()
  const [writing, reading] = await Promise.allSettled([
    store.createOwner(created, repeated),
    store.owner('acme', owner.id),
  ])
  proxy.mend()

  for (const asked of [writing, reading])
    expect(asked).toMatchObject({ status: 'rejected', reason: { code: 'ERR_PROCURA_STORAGE' } })
  await vi.waitFor(async () => expect(await store.owner('acme', owner.id)).toEqual(owner), 20_000)
  expect(await store.createOwner(created, repeated)).toMatchObject({ done: true, value: { id: created.id } })
  expect((await store.owners('acme', { limit: 10 })).items).toHaveLength(2)
})
