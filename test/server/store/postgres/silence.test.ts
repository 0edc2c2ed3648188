import { setImmediate } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { startSilentProxy } from '../../../helpers/silent-proxy.ts'
import { ADMIN, addOwner, addTenant, context, newOwner, openStore, temporaryDatabase } from '../fixtures.ts'

/** Transactions of one tenant that read at the same time. */
const READS_TOGETHER = 4

it('refuses what is under way and what waits behind it when the way to the server is cut without a word, then goes on', async () => {
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
  const writing = Promise.allSettled([store.createOwner(created, repeated)])
  const behind = []
  for (let i = 0; i < READS_TOGETHER + 2; i++) {
    await setImmediate()
    behind.push(store.createOwner(newOwner(), context()), store.owner('acme', owner.id))
  }
  const waiting = Promise.allSettled(behind)
  const refused = [
    ...(await writing),
    ...(await Promise.race([waiting, setImmediate(['some wait for longer'])])),
  ]
  proxy.mend()

  for (const asked of refused)
    expect(asked).toMatchObject({ status: 'rejected', reason: { code: 'ERR_PROCURA_STORAGE' } })
  await vi.waitFor(async () => expect(await store.owner('acme', owner.id)).toEqual(owner), 20_000)
  expect(await store.createOwner(created, repeated)).toMatchObject({ done: true, value: { id: created.id } })
  expect((await store.owners('acme', { limit: 10 })).items).toHaveLength(2)
})
