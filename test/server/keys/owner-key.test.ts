import { describe, expect, it, onTestFinished } from 'vitest'
import { verifySignature } from '#crypto'
import type { WrappedKey } from '../../../src/issuer/records.ts'
import { unwrapKey } from '../../../src/server/keys/envelope.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open-sqlite-store.ts'
import { ADMIN, context, newOwner, ok, openUnthreaded, temporaryFile } from '../store/fixtures.ts'
import { addTenant, BYTES, fileHolds, KEK, openRing } from './fixtures.ts'

describe('the key of an owner', () => {
  async function openWithOwner() {
    const file = await temporaryFile()
    const store = await openUnthreaded({ database: file })
    await addTenant(store)
    const ring = await openRing(store)
    const did = await ring.createOwnerKey('acme')
    const owner = await ok(store.createOwner(newOwner({ did }), context({ principal: ADMIN })))
    return { file, store, ring, did, owner }
  }

  it('signs as the owner, also when the ring is opened anew', async () => {
    const { store, ring, did } = await openWithOwner()
    const [first, second] = [await ring.owner('acme', did), await (await openRing(store)).owner('acme', did)]

    expect(await verifySignature(first.publicKey, BYTES, await second.sign(BYTES))).toBe(true)
    expect(first.keyId.startsWith(`${did}#`)).toBe(true)
  })

  it('is destroyed when the owner is offboarded, also for a ring that has used it', async () => {
    const { store, ring, did, owner } = await openWithOwner()
    await ring.owner('acme', did)

    await ok(store.offboardOwner(owner.id, 'left', context()))

    await expect(ring.owner('acme', did)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
    expect(await store.keys('acme', 'owner', did)).toEqual([])
  })

  it('leaves no byte of its wrapping in database or log once it is destroyed', async () => {
    const { file, store, did, owner } = await openWithOwner()
    const [key] = await store.keys('acme', 'owner', did)
    const wrapped = Buffer.from(key?.wrapped ?? [])
    expect(await fileHolds(file, wrapped)).toBe(true)

    await ok(store.offboardOwner(owner.id, 'left', context()))
    await store.leaseHolder('acme', { list: 1, index: 0 })

    expect(await fileHolds(file, wrapped)).toBe(false)
  })

  it('is unknown to another tenant [KC-07]', async () => {
    const { store, ring, did } = await openWithOwner()
    await addTenant(store, { tenant: 'globex' })

    await expect(ring.owner('globex', did)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })

  it('is never replaced by another key of the same name', async () => {
    const { store, did } = await openWithOwner()
    const [key] = await store.keys('acme', 'owner', did)
    if (key === undefined) throw new Error('the key is missing')

    await expect(store.saveKey({ ...key, wrapped: new Uint8Array(40) })).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
    })
    expect(await store.keys('acme', 'owner', did)).toEqual([key])
  })
})

it('keeps no private key in plain text, in no file of the store [KC-01]', async () => {
  const file = await temporaryFile()
  const store = await openSqliteStore({ file })
  onTestFinished(() => store.close())
  const keys = [...(await addTenant(store))]
  const ring = await openRing(store)
  for (let i = 0; i < 20; i++) await ring.createOwnerKey('acme')
  keys.push(...(await store.keys('acme', 'owner')))
  const dataKey = unwrapKey(keyOf(keys, 'data-encryption'), KEK) ?? new Uint8Array()
  expect(await fileHolds(file, Buffer.from(dataKey))).toBe(false)
  expect(await fileHolds(file, Buffer.from(KEK))).toBe(false)

  for (const key of keys.filter(({ use }) => use !== 'data-encryption')) {
    const { d } = JSON.parse(Buffer.from(unwrapKey(key, dataKey) ?? []).toString()) as { d: string }
    expect(d).toHaveLength(43)
    expect(await fileHolds(file, Buffer.from(d))).toBe(false)
    expect(await fileHolds(file, Buffer.from(d, 'base64url'))).toBe(false)
  }
  expect(await fileHolds(file, Buffer.from(keyOf(keys, 'authority').wrapped))).toBe(true)
})

function keyOf(keys: readonly WrappedKey[], use: string): WrappedKey {
  const key = keys.find((candidate) => candidate.use === use)
  if (key === undefined) throw new Error(`there is no ${use} key`)
  return key
}
