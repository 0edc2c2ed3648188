import { describe, expect, it } from 'vitest'
import { verifySignature } from '#crypto'
import { systemRandom } from '../../../src/core/clock.ts'
import type { WrappedKey } from '../../../src/issuer/records.ts'
import { context, NOW, newOwner, newPlan, ok, openUnthreaded, temporaryFile } from '../store/fixtures.ts'
import { addTenant, BYTES, KEK, openRing } from './fixtures.ts'

describe('openKeyRing', () => {
  it('signs for a tenant with keys of their own for authority, status and audit', async () => {
    const store = await openUnthreaded()
    await addTenant(store)
    const ring = await openRing(store)

    const signers = [await ring.authority('acme'), await ring.status('acme'), await ring.audit('acme')]

    for (const signer of signers) {
      expect(await verifySignature(signer.publicKey, BYTES, await signer.sign(BYTES))).toBe(true)
    }
    expect(new Set(signers.map(({ keyId }) => keyId)).size).toBe(3)
    const tenant = await store.tenant('acme')
    expect(signers[0]?.keyId.startsWith(`${tenant?.authority}#`)).toBe(true)
    expect(signers[1]?.keyId.startsWith(`${tenant?.statusIssuer}#`)).toBe(true)
  })

  it('signs under the did:web names that a tenant was given', async () => {
    const store = await openUnthreaded()
    const names = { authority: 'did:web:id.example', statusIssuer: 'did:web:id.example:status' } as const
    await addTenant(store, names)
    const ring = await openRing(store)

    expect((await ring.authority('acme')).keyId).toBe('did:web:id.example#key-1')
    expect((await ring.status('acme')).keyId).toBe('did:web:id.example:status#key-1')
  })

  it('lets the store issue: before it is opened, nothing is', async () => {
    const store = await openUnthreaded()
    await addTenant(store)
    const owner = await ok(store.createOwner(newOwner(), context()))
    const early = store.planCredential(newPlan(owner), context())
    await expect(early).rejects.toMatchObject({ code: 'ERR_PROCURA_NOT_STARTED' })

    await openRing(store)

    expect(await ok(store.planCredential(newPlan(owner), context()))).toMatchObject({ state: 'planned' })
  })

  it('opens the same keys again after a restart [KC-02]', async () => {
    const file = await temporaryFile()
    const before = await openUnthreaded({ database: file })
    await addTenant(before)
    const keyId = (await (await openRing(before)).authority('acme')).keyId
    await before.close()

    const ring = await openRing(await openUnthreaded({ database: file }))

    expect((await ring.authority('acme')).keyId).toBe(keyId)
  })

  it('signs with the next key as soon as another process has rotated it, and lists no revoked one [KC-03]', async () => {
    const store = await openUnthreaded()
    await addTenant(store, { authority: 'did:web:id.example', statusIssuer: 'did:web:id.example:status' })
    const [one, other] = [await openRing(store), await openRing(store)]
    const old = (await other.authority('acme')).keyId
    const key = await one.createSuccessor('acme', 'authority')
    const rotation = { use: 'authority', key, activateAt: NOW, isEmergency: true } as const

    await ok(store.rotateKey(rotation, context()))

    expect([(await one.authority('acme')).keyId, (await other.authority('acme')).keyId]).toEqual([
      key.id,
      key.id,
    ])
    expect(key.id).toMatch(/^did:web:id\.example#z6Mk/)
    const listed = (await other.list('acme', 'authority')).map(({ id, publicKey }) => [
      id,
      publicKey !== undefined,
    ])
    expect(listed).toEqual([
      [old, false],
      [key.id, true],
    ])
    expect((await (await openRing(store)).authority('acme')).keyId).toBe(key.id)
  })

  it('opens a tenant that was made later when it is first used', async () => {
    const store = await openUnthreaded()
    const ring = await openRing(store)
    await addTenant(store)

    expect(await ring.createOwnerKey('acme')).toMatch(/^did:key:z6Mk/)
    await expect(ring.createOwnerKey('nobody')).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it.each([
    ['another key-encryption key', systemRandom(32)],
    ['a truncated one', KEK.subarray(0, 31)],
    ['an empty one', new Uint8Array()],
  ])('refuses %s, and makes no new keys [KC-02]', async (_, kek) => {
    const store = await openUnthreaded()
    await addTenant(store)
    const before = await store.keys('acme', 'data-encryption')

    await expect(openRing(store, kek)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })

    expect(await store.keys('acme', 'data-encryption')).toEqual(before)
    await expect(openRing(store)).resolves.toBeDefined()
  })

  it.each(['data-encryption', 'authority', 'status', 'audit'])(
    'refuses data whose %s key is gone, and makes no new one [KC-02]',
    async (use) => {
      const store = await openUnthreaded()
      await addTenant(store, {}, (keys) => keys.filter((key) => key.use !== use))

      await expect(openRing(store)).rejects.toMatchObject({
        code: 'ERR_PROCURA_INVALID_KEY',
        message: expect.stringContaining(`its ${use} key is missing`),
      })
    },
  )

  it.each(['data-encryption', 'authority', 'status', 'audit'])(
    'refuses a %s key of which one bit was changed',
    async (use) => {
      const store = await openUnthreaded()
      await addTenant(store, {}, (keys) =>
        keys.map((key) => (key.use === use ? { ...key, wrapped: flipped(key.wrapped) } : key)),
      )

      await expect(openRing(store)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
    },
  )

  it('refuses the status key in the place of the authority key, though both are of the tenant [KC-07]', async () => {
    const store = await openUnthreaded()
    await addTenant(store, {}, (keys) => {
      const status = keys.find((key) => key.use === 'status')
      const authority = keys.find((key) => key.use === 'authority')
      if (status === undefined || authority === undefined) throw new Error('keys are missing')
      return replaced(keys, 'authority', { wrapped: status.wrapped })
    })

    await expect(openRing(store)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })

  it('refuses keys that were moved from another tenant, though the key-encryption key fits [KC-07]', async () => {
    const store = await openUnthreaded()
    const foreign = await addTenant(store, { tenant: 'globex' })
    const wrapped = foreign.find((key) => key.use === 'data-encryption')?.wrapped ?? new Uint8Array()
    await addTenant(store, {}, (keys) => replaced(keys, 'data-encryption', { wrapped }))

    await expect(openRing(store)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })

  it('refuses an authority key that is not the one that the tenant is known by', async () => {
    const store = await openUnthreaded()
    await addTenant(store, {}, (keys) => replaced(keys, 'authority', { did: 'did:key:zSomebodyElse' }))

    await expect(openRing(store)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })
})

function replaced(keys: readonly WrappedKey[], use: string, change: Partial<WrappedKey>): WrappedKey[] {
  return keys.map((key) => (key.use === use ? { ...key, ...change } : key))
}

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))
}
