import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { verifySignature } from '#crypto'
import { systemRandom } from '../../../src/core/clock.ts'
import type { Issuer } from '../../../src/issuer/issuer.ts'
import type { Store } from '../../../src/issuer/ports.ts'
import { kekNameOf, unwrapKey, wrapKey, wrappedUnder } from '../../../src/server/keys/envelope.ts'
import { openKeyRing } from '../../../src/server/keys/key-ring.ts'
import { rewrapDataKeys, startRewrapping } from '../../../src/server/keys/rewrap-data-keys.ts'
import { createLogger } from '../../../src/server/logger.ts'
import { openUnthreaded, temporaryFile } from '../store/fixtures.ts'
import { addTenant, BYTES, fileHolds, KEK, openRing } from './fixtures.ts'

const NEXT = systemRandom(32)
const KEKS = { kek: NEXT, previousKek: KEK }

async function rewrap(store: Store, keks: Parameters<typeof rewrapDataKeys>[1] = KEKS): Promise<number> {
  return rewrapDataKeys({ store, clock: Date.now, random: systemRandom }, keks)
}

async function dataKey(store: Store, tenant = 'acme') {
  const [key] = await store.keys(tenant, 'data-encryption')
  if (key === undefined) throw new Error('the key is missing')
  return key
}

describe('changing the key-encryption key', () => {
  it('wraps the keys of every tenant anew, which then open with the new one alone [KC-04]', async () => {
    const store = await openUnthreaded()
    await addTenant(store)
    await addTenant(store, { tenant: 'globex' })
    const before = await openRing(store)

    expect(await rewrap(store)).toBe(2)

    const after = await openRing(store, NEXT)
    const signature = await (await after.authority('acme')).sign(BYTES)
    expect(await verifySignature((await before.authority('acme')).publicKey, BYTES, signature)).toBe(true)
    await expect(openRing(store)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
    expect(await rewrap(store)).toBe(0)
  })

  it('leaves a ring that opened with the old one at work, and opens what either opens meanwhile', async () => {
    const store = await openUnthreaded()
    await addTenant(store)
    const working = await openRing(store)
    const either = await openKeyRing({ store, ...KEKS })
    await rewrap(store)
    await addTenant(store, { tenant: 'globex', kek: NEXT })

    expect((await working.status('acme')).keyId).toBe((await either.status('acme')).keyId)
    expect(await either.createOwnerKey('globex')).toMatch(/^did:key:/)
  })

  it('says under which key each row is, by a name that is neither the key nor a part of it', async () => {
    const store = await openUnthreaded()
    await addTenant(store)
    expect(wrappedUnder(await dataKey(store))).toBe(kekNameOf(KEK))

    await rewrap(store)

    expect(wrappedUnder(await dataKey(store))).toBe(kekNameOf(NEXT))
    expect(Buffer.from(NEXT).includes(Buffer.from(kekNameOf(NEXT), 'base64url'))).toBe(false)
  })

  it('reads rows of before they had names, and gives them one', async () => {
    const store = await openUnthreaded()
    await addTenant(store, {}, (keys) =>
      keys.map((key) => {
        if (key.use !== 'data-encryption') return key
        const plain = unwrapKey(key, KEK) ?? new Uint8Array()
        return { ...key, wrapped: wrapKey(plain, { under: KEK, binding: key, random: systemRandom }) }
      }),
    )
    expect(wrappedUnder(await dataKey(store))).toBeUndefined()
    await expect(openRing(store)).resolves.toBeDefined()

    expect(await rewrap(store, { kek: KEK })).toBe(1)

    expect(wrappedUnder(await dataKey(store))).toBe(kekNameOf(KEK))
  })

  it('changes nothing when a key is under neither [KC-02]', async () => {
    const store = await openUnthreaded()
    await addTenant(store)
    const before = await dataKey(store)

    await expect(rewrap(store, { kek: NEXT, previousKek: systemRandom(32) })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
    })

    expect(await dataKey(store)).toEqual(before)
  })

  it.each([0, 1, 2])(
    'ended after %i of three tenants, leaves each under one key or the other, and goes on [KC-04]',
    async (count) => {
      const store = await openUnthreaded()
      for (const tenant of ['acme', 'globex', 'initech']) await addTenant(store, { tenant })
      let left = count
      const dying: Store = Object.create(store, {
        rewrapKey: {
          value: (...args: Parameters<Store['rewrapKey']>) =>
            left-- > 0 ? store.rewrapKey(...args) : Promise.reject(new Error('killed')),
        },
      })
      await expect(rewrap(dying)).rejects.toThrow('killed')

      await expect(openKeyRing({ store, ...KEKS })).resolves.toBeDefined()
      expect(await rewrap(store)).toBe(3 - count)
      await expect(openRing(store, NEXT)).resolves.toBeDefined()
    },
  )

  it('is not tried again after it was stopped, also when it fails only then', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    let fail: (error: Error) => void = () => {}
    const tenants = vi.fn(() => new Promise<never>((_, reject) => (fail = reject)))
    const store = { tenants } as unknown as Store
    const issuer = { store, clock: Date.now, random: systemRandom } as unknown as Issuer
    const { stop } = startRewrapping(issuer, KEKS, createLogger('silent'))

    stop()
    fail(new Error('the store is closed'))
    await vi.advanceTimersByTimeAsync(60_000)

    expect(tenants).toHaveBeenCalledOnce()
  })

  it('does what another process did meanwhile only once', async () => {
    const store = await openUnthreaded()
    await addTenant(store)
    const stale = await dataKey(store)
    await rewrap(store)
    const context = {
      principal: { tenant: 'acme', did: 'did:key:zA', role: 'service' },
      ...{ at: 1, requestId: 'r' },
    } as const

    const again = await store.rewrapKey({ ...stale, wrapped: new Uint8Array(9) }, stale.wrapped, context)

    expect(again).toBe(false)
    expect(wrappedUnder(await dataKey(store))).toBe(kekNameOf(NEXT))
  })

  it('leaves no byte of the old wrapping in file or log, and an entry in the audit trail', async () => {
    const file = await temporaryFile()
    const store = await openUnthreaded({ database: file })
    await addTenant(store)
    const old = Buffer.from((await dataKey(store)).wrapped)
    expect(await fileHolds(file, old)).toBe(true)

    await rewrap(store)
    await store.consumeNonce('n', 1)

    expect(await fileHolds(file, old)).toBe(false)
    const { items } = await store.audit('acme', {}, { limit: 10 })
    expect(items.at(-1)).toMatchObject({ action: 'key.rewrap', role: 'service' })
  })
})
