import { constants, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { createLocalJWKSet, flattenedVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../../../src/core/base64url.ts'
import type { KeyRing } from '../../../src/issuer/key-store.ts'
import type { Store } from '../../../src/issuer/ports.ts'
import { openSetSigner } from '../../../src/server/keys/set-signer.ts'
import { context, DAY, NOW, ok, openStore, openUnthreaded, temporaryFile } from '../store/fixtures.ts'
import { addTenant, BYTES, openRing } from './fixtures.ts'

async function openTenant(): Promise<{ readonly store: Store; readonly ring: KeyRing }> {
  const store = await openUnthreaded()
  await addTenant(store)
  return { store, ring: await openRing(store) }
}

const kids = async (ring: KeyRing) => (await ring.securityEventKeys('acme')).map(({ kid }) => kid)

describe('the key for security event tokens', () => {
  it('is RSA of 2048 bits, signs RS256 and says so in its JWK', async () => {
    const { ring } = await openTenant()
    const { publicJwk, sign } = await ring.securityEvents('acme')
    const header = encodeBase64url(
      new TextEncoder().encode(JSON.stringify({ alg: 'RS256', kid: publicJwk.kid })),
    )
    const input = new TextEncoder().encode(`${header}.eA`)

    const signature = encodeBase64url(await sign(input))

    const keys = createLocalJWKSet({ keys: [...(await ring.securityEventKeys('acme'))] })
    const token = { protected: header, payload: 'eA', signature }
    await expect(flattenedVerify(token, keys, { algorithms: ['RS256'] })).resolves.toMatchObject({
      protectedHeader: { kid: publicJwk.kid },
    })
    expect(Buffer.from(publicJwk.n, 'base64url')).toHaveLength(256)
    expect(publicJwk).toMatchObject({ kty: 'RSA', use: 'sig', alg: 'RS256', e: 'AQAB' })
  })

  it('is made when it is first asked for, once, whoever asks at one time', async () => {
    const store = await openStore()
    await addTenant(store)
    const [ring, another] = [await openRing(store), await openRing(store)]
    expect(await ring.securityEventKeys('acme')).toEqual([])

    const asked = await Promise.all([
      ring.securityEvents('acme'),
      ring.securityEvents('acme'),
      another.securityEvents('acme'),
    ])

    expect(new Set(asked.map(({ publicJwk }) => publicJwk.kid)).size).toBe(1)
    expect(await store.keys('acme', 'security-event')).toHaveLength(1)
  })

  it('is the same after a restart, and is nothing that its data-encryption key does not open', async () => {
    const file = await temporaryFile()
    const before = await openUnthreaded({ database: file })
    await addTenant(before)
    const { kid } = (await (await openRing(before)).securityEvents('acme')).publicJwk
    await before.close()

    const store = await openUnthreaded({ database: file })

    expect((await (await openRing(store)).securityEvents('acme')).publicJwk.kid).toBe(kid)
    const [key] = await store.keys('acme', 'security-event')
    const moved = { ...store, keys: async () => [{ ...key, id: 'another' }] } as unknown as Store
    expect(openSetSigner(Uint8Array.from(key?.wrapped ?? []))).toBeUndefined()
    await expect(openRing(moved)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })

  it('is of one tenant', async () => {
    const { store, ring } = await openTenant()
    await addTenant(store, { tenant: 'globex' })

    const [own, other] = [await ring.securityEvents('acme'), await ring.securityEvents('globex')]

    expect(other.publicJwk.kid).not.toBe(own.publicJwk.kid)
    expect(await kids(ring)).toEqual([own.publicJwk.kid])
  })

  it('is listed before it signs, and for seven days after it signed last [KC-03]', async () => {
    const { store, ring } = await openTenant()
    const first = (await ring.securityEvents('acme')).publicJwk.kid
    const key = await ring.createSuccessor('acme', 'security-event')
    const later = (ms: number) => context({ at: NOW + ms })

    await ok(
      store.rotateKey({ use: 'security-event', key, activateAt: NOW + DAY, isEmergency: false }, context()),
    )
    expect(await kids(ring)).toEqual([first, key.id])
    expect((await ring.securityEvents('acme')).publicJwk.kid).toBe(first)

    await store.advanceKeys('acme', later(DAY))
    expect((await ring.securityEvents('acme')).publicJwk.kid).toBe(key.id)
    await store.advanceKeys('acme', later(8 * DAY - 1))
    expect(await kids(ring)).toEqual([first, key.id])
    await store.advanceKeys('acme', later(8 * DAY))
    expect(await kids(ring)).toEqual([key.id])
  })

  it('is listed no more at once when somebody else may have it', async () => {
    const { store, ring } = await openTenant()
    await ring.securityEvents('acme')
    const key = await ring.createSuccessor('acme', 'security-event')

    await ok(store.rotateKey({ use: 'security-event', key, activateAt: NOW, isEmergency: true }, context()))

    expect(await kids(ring)).toEqual([key.id])
    expect((await store.keys('acme', 'security-event')).map(({ wrapped }) => wrapped.length > 0)).toEqual([
      false,
      true,
    ])
  })

  it('signs with PKCS #1 v1.5 over SHA-256 and nothing else', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const signer = openSetSigner(privateKey.export({ type: 'pkcs8', format: 'der' }))
    const signature = await signer?.sign(BYTES)
    const padding = constants.RSA_PKCS1_PADDING

    expect(verify('sha256', BYTES, { key: publicKey, padding }, signature ?? new Uint8Array())).toBe(true)
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    expect(openSetSigner(other.export({ type: 'pkcs8', format: 'der' }))).toBeUndefined()
    expect(createPublicKey(privateKey).equals(publicKey)).toBe(true)
  })
})

describe('what a receiver gives to be sent along', () => {
  it('is encrypted, and opens for its stream in its tenant alone [TX-02]', async () => {
    const { store, ring } = await openTenant()
    await addTenant(store, { tenant: 'globex' })
    const secret = 'Bearer what-the-receiver-chose'

    const sealed = await ring.sealStreamSecret('acme', 'str_1', secret)

    expect(Buffer.from(sealed, 'base64url').includes(secret)).toBe(false)
    expect(await ring.openStreamSecret('acme', 'str_1', sealed)).toBe(secret)
    const refused = { code: 'ERR_PROCURA_INVALID_KEY' }
    await expect(ring.openStreamSecret('acme', 'str_2', sealed)).rejects.toMatchObject(refused)
    await expect(ring.openStreamSecret('globex', 'str_1', sealed)).rejects.toMatchObject(refused)
  })
})
