import { readFile } from 'node:fs/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { verifySignature } from '#crypto'
import { systemRandom } from '../../../src/core/clock.ts'
import type { KeyRing, Store, WrappedKey } from '../../../src/issuer/ports.ts'
import type { Did } from '../../../src/model/did.ts'
import { unwrapKey } from '../../../src/server/keys/envelope.ts'
import { openKeyRing } from '../../../src/server/keys/key-ring.ts'
import { createTenantKeys, type NewTenantKeysOptions } from '../../../src/server/keys/tenant-keys.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open-sqlite-store.ts'
import {
  ADMIN,
  context,
  NOW,
  newOwner,
  newPlan,
  ok,
  openStore,
  openUnthreaded,
  temporaryFile,
} from '../store/fixtures.ts'

const KEK = systemRandom(32)
const BYTES = new TextEncoder().encode('to be signed')

/** Does what `init` does; `change` stands for what may happen to the keys at rest. */
async function addTenant(
  store: Store,
  options: Partial<NewTenantKeysOptions> = {},
  change: (keys: readonly WrappedKey[]) => readonly WrappedKey[] = (keys) => keys,
): Promise<readonly WrappedKey[]> {
  const tenant = options.tenant ?? 'acme'
  const { keys, authority, statusIssuer } = await createTenantKeys({
    tenant,
    kek: KEK,
    createdAt: NOW,
    ...options,
  })
  const admin: Did = `did:key:zAdmin-${tenant}`
  const row = { id: tenant, name: tenant, environment: 'production', authority, statusIssuer, createdAt: NOW }
  await store.createTenant(row, admin, change(keys))
  return keys
}

function replaced(keys: readonly WrappedKey[], use: string, change: Partial<WrappedKey>): WrappedKey[] {
  return keys.map((key) => (key.use === use ? { ...key, ...change } : key))
}

async function openRing(store: Store, kek = KEK): Promise<KeyRing> {
  return openKeyRing({ store, kek, clock: () => NOW })
}

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
    const before = await openSqliteStore({ file })
    await addTenant(before)
    const keyId = (await (await openRing(before)).authority('acme')).keyId
    await before.close()

    const ring = await openRing(await openStore({ file }))

    expect((await ring.authority('acme')).keyId).toBe(keyId)
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

describe('the key of an owner', () => {
  async function openWithOwner() {
    const file = await temporaryFile()
    const store = await openUnthreaded({ file })
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
    expect(await holds(file, wrapped)).toBe(true)

    await ok(store.offboardOwner(owner.id, 'left', context()))
    await store.leaseHolder('acme', { list: 1, index: 0 })

    expect(await holds(file, wrapped)).toBe(false)
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
  expect(await holds(file, Buffer.from(dataKey))).toBe(false)
  expect(await holds(file, Buffer.from(KEK))).toBe(false)

  for (const key of keys.filter(({ use }) => use !== 'data-encryption')) {
    const { d } = JSON.parse(Buffer.from(unwrapKey(key, dataKey) ?? []).toString()) as { d: string }
    expect(d).toHaveLength(43)
    expect(await holds(file, Buffer.from(d))).toBe(false)
    expect(await holds(file, Buffer.from(d, 'base64url'))).toBe(false)
  }
  expect(await holds(file, Buffer.from(keyOf(keys, 'authority').wrapped))).toBe(true)
})

function keyOf(keys: readonly WrappedKey[], use: string): WrappedKey {
  const key = keys.find((candidate) => candidate.use === use)
  if (key === undefined) throw new Error(`there is no ${use} key`)
  return key
}

async function holds(file: string, bytes: Buffer): Promise<boolean> {
  const files = await Promise.all(['', '-wal'].map((suffix) => readFile(`${file}${suffix}`)))
  return files.some((content) => content.includes(bytes))
}

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))
}
