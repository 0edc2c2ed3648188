import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { verifySignature } from '#crypto'
import type { Signer } from '../../../src/model/signer.ts'
import { signBytes } from '../../../src/securing/sign-bytes.ts'
import { createLocalSigner, generateKey } from '../../../src/securing/vc-jose/local-signer.ts'
import { openKeyRing } from '../../../src/server/keys/key-ring.ts'
import { openTokenKey } from '../../../src/server/keys/pkcs11/open-token.ts'
import { requireOrSkip } from '../../helpers/available.ts'
import { context, NOW, ok, openUnthreaded } from '../store/fixtures.ts'
import { addTenant, BYTES, KEK } from './fixtures.ts'

const MODULE = '/usr/lib/softhsm/libsofthsm2.so'
const PIN = '567890'
const WEB = { authority: 'did:web:id.example', statusIssuer: 'did:web:id.example:status' } as const

let directory: string

async function importKey(type: 'ed25519' | 'p256', label: string, id: string): Promise<void> {
  const { privateKey } =
    type === 'p256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  const file = join(directory, `${label}.pem`)
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const words = ['--import', file, '--token', 'procura', '--label', label, '--id', id, '--pin', PIN]
  execFileSync('softhsm2-util', words)
}

/** A signer as the service makes it: the store keeps a reference, the token the key. */
async function tokenSigner(object: string): Promise<Signer> {
  const store = await openUnthreaded()
  await addTenant(store, WEB)
  const openKey = (uri: string) => openTokenKey(uri, { module: MODULE, pin: PIN })
  const ring = await openKeyRing({ store, kek: KEK, clock: () => NOW, openTokenKey: openKey })
  const key = await ring.createSuccessor('acme', 'authority', `pkcs11:token=procura;object=${object}`)
  await ok(store.rotateKey({ use: 'authority', key, activateAt: NOW, isEmergency: true }, context()))
  return ring.authority('acme')
}

const LOCAL: readonly (readonly [name: string, make: () => Promise<Signer>])[] = [
  ['a local Ed25519 key', async () => createLocalSigner(await generateKey('Ed25519'))],
  ['a local P-256 key', async () => createLocalSigner(await generateKey('P-256'))],
]
const IN_TOKEN: typeof LOCAL = [
  ['an Ed25519 key in a token', () => tokenSigner('ed')],
  ['a P-256 key in a token', () => tokenSigner('p')],
]

function contract(make: () => Promise<Signer>): void {
  it('signs what its public key verifies, and names algorithm and key consistently', async () => {
    const signer = await make()
    const signature = await signBytes(signer, BYTES)

    expect(signature).toHaveLength(64)
    expect(await verifySignature(signer.publicKey, BYTES, signature)).toBe(true)
    expect(signer.algorithm).toBe(signer.publicKey.type === 'P-256' ? 'ES256' : 'EdDSA')
    expect(signer.keyId).toMatch(/^did:[^#]+#./)
  })

  it('signs 64 texts at once, each rightly', async () => {
    const signer = await make()
    const texts = Array.from({ length: 64 }, (_, i) => new TextEncoder().encode(`text ${i}`))
    const signatures = await Promise.all(texts.map((text) => signBytes(signer, text)))

    for (const [i, text] of texts.entries()) {
      expect(await verifySignature(signer.publicKey, text, signatures[i] ?? new Uint8Array())).toBe(true)
    }
  })

  it('releases no signature that was made wrongly', async () => {
    const signer = await make()
    const faulty: Signer = {
      ...signer,
      sign: async (bytes) => (await signer.sign(bytes)).map((byte, i) => (i === 0 ? byte ^ 1 : byte)),
    }

    await expect(signBytes(faulty, BYTES)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })
}

describe.each(LOCAL)('%s', (_, make) => contract(make))

describe('PKCS#11', () => {
  const isThere = existsSync(MODULE)

  beforeEach((ctx) => requireOrSkip(ctx, 'softhsm2', isThere))
  beforeAll(async () => {
    if (!isThere) return
    directory = await mkdtemp(join(tmpdir(), 'procura-softhsm-'))
    const conf = join(directory, 'softhsm2.conf')
    await writeFile(
      conf,
      `directories.tokendir = ${directory}\nobjectstore.backend = file\nlog.level = ERROR\n`,
    )
    process.env.SOFTHSM2_CONF = conf
    execFileSync('softhsm2-util', [
      '--init-token',
      '--free',
      '--label',
      'procura',
      '--so-pin',
      PIN,
      '--pin',
      PIN,
    ])
    await importKey('ed25519', 'ed', '01')
    await importKey('p256', 'p', '02')
  })
  afterAll(async () => {
    if (isThere) await rm(directory, { recursive: true, force: true })
  })

  describe('a token that opens and fails', () => {
    const [ED, NONE] = ['pkcs11:token=procura;object=ed', 'pkcs11:token=procura;object=none']
    const wrong = { module: MODULE, pin: '000000' }
    const right = { module: MODULE, pin: PIN }
    const refusal = { code: 'ERR_PROCURA_INVALID_KEY', message: expect.stringContaining('refuses the PIN') }

    it('is not asked again after it refused the PIN, so that it does not lock', async () => {
      const refused = new Map()
      const [first, second] = await Promise.allSettled([1, 2].map(() => openTokenKey(ED, wrong, refused)))
      expect(first).toMatchObject({ status: 'rejected', reason: refusal })
      expect(second).toEqual(first)

      await expect(openTokenKey(ED, right, refused)).rejects.toMatchObject(refusal)
      await (await openTokenKey(ED, right)).close()
    })

    it('keeps no session, with which everybody in the process stays logged in', async () => {
      await expect(openTokenKey(NONE, right)).rejects.toThrow('has not exactly one')
      const key = await openTokenKey(ED, right)
      const signature = key.sign(BYTES)
      await key.close()
      expect(await verifySignature(key.publicKey, BYTES, await signature)).toBe(true)
      await expect(key.sign(BYTES)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })

      await expect(openTokenKey(ED, wrong)).rejects.toMatchObject(refusal)
    })
  })

  describe('a token', () => {
    describe.each(IN_TOKEN)('%s', (_, make) => contract(make))

    it.each([
      ['a URI of another form', 'pkcs11:slot-id=1', PIN, 'ERR_PROCURA_INVALID_CONFIGURATION'],
      ['a token that is not there', 'pkcs11:token=other;object=ed', PIN, 'ERR_PROCURA_INVALID_CONFIGURATION'],
      ['a key that is not there', 'pkcs11:token=procura;object=none', PIN, 'ERR_PROCURA_INVALID_KEY'],
    ])('refuses %s', async (_, uri, pin, code) => {
      await expect(openTokenKey(uri, { module: MODULE, pin })).rejects.toMatchObject({ code })
    })
  })
})
