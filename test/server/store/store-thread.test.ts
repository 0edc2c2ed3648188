import type { Worker } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import { openSqliteStore } from '../../../src/server/store/sqlite/open-sqlite-store.ts'
import {
  ADMIN,
  addDelegation,
  addTenant,
  context,
  newOwner,
  newPlan,
  openStore,
  temporaryFile,
} from './fixtures.ts'

/** Starting threads takes a while on a busy machine. */
vi.setConfig({ testTimeout: 60_000 })

const threads = vi.hoisted(() => [] as Worker[])

/** The real workers, remembered, so that a test can end one from outside as the system would. */
vi.mock('node:worker_threads', async (original) => {
  const actual = await original<typeof import('node:worker_threads')>()
  class RememberedWorker extends actual.Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args)
      threads.push(this)
    }
  }
  return { ...actual, Worker: RememberedWorker }
})

async function openReady() {
  const store = await openStore()
  await addTenant(store, 'acme', ADMIN.did)
  const [writer, reader] = threads.slice(-2)
  if (writer === undefined || reader === undefined) throw new Error('the store has no threads')
  return { store, writer, reader }
}

describe('a store whose thread dies', () => {
  it.each(['writer', 'reader'] as const)('tells so once, when it is the %s', async (which) => {
    const opened = await openReady()
    const told: unknown[] = []
    opened.store.onFailure((error) => told.push(error))

    await opened[which].terminate()
    await vi.waitFor(() => expect(told).not.toEqual([]))
    await opened.store.close()

    expect(told).toEqual([expect.objectContaining({ code: 'ERR_PROCURA_STORAGE' })])
  })

  it.each(['writer', 'reader'] as const)(
    'rejects every call, pending or later, when it is the %s',
    async (which) => {
      const opened = await openReady()
      const { store } = opened
      const failed = new Promise((resolve) => store.onFailure(resolve))
      const pending = [store.createOwner(newOwner(), context()), store.tenants()]
      const settled = Promise.allSettled(pending)

      await opened[which].terminate()
      await failed

      const later = await Promise.allSettled([store.createOwner(newOwner(), context()), store.tenants()])
      expect((await settled).length).toBe(2)
      for (const outcome of later) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_PROCURA_STORAGE' } })
      }
    },
  )

  it('does not tell of a failure when it is closed on purpose', async () => {
    const store = await openSqliteStore({ file: await temporaryFile() })
    const told = vi.fn()
    store.onFailure(told)

    await store.close()

    expect(told).not.toHaveBeenCalled()
  })
})

describe('a call that cannot travel', () => {
  it('is refused alone, among those of the same turn', async () => {
    const { store } = await openReady()
    const { owner, agent } = await addDelegation(store)
    const terms = { onExpiry: () => 'renew' } as unknown as Record<string, string>

    const [bad, good] = await Promise.allSettled([
      store.planCredential(newPlan(owner, agent, { terms }), context()),
      store.planCredential(newPlan(owner, agent), context()),
    ])

    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'ERR_PROCURA_INVALID_ARGUMENT' } })
    expect(good).toMatchObject({ status: 'fulfilled', value: { done: true } })
  })
})

it('sends the calls of one turn of the event loop in one message, whatever made them', async () => {
  const { store, reader } = await openReady()
  const post = vi.spyOn(reader, 'postMessage')
  const inTurn = () => new Promise<number>((resolve) => setImmediate(() => resolve(tenants())))
  const tenants = async () => (await store.tenants()).length

  expect(await Promise.all([inTurn(), inTurn()])).toEqual([1, 1])
  expect(post).toHaveBeenCalledTimes(1)
})
