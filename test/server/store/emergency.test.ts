import { describe, expect, it } from 'vitest'
import type { PublishedEmergency } from '../../../src/issuer/emergency-store.ts'
import type { Did } from '../../../src/model/did.ts'
import { context, ok, openTenant, refusal, signingKey } from './fixtures.ts'

const REASON = { reason: 'its key was taken' }
const WEB: Did = 'did:web:id.example'

function signed(seq: number, changes: Partial<PublishedEmergency> = {}): PublishedEmergency {
  return { seq, digest: `digest ${seq}`, lastEntry: seq, keyId: 'k', jwt: `list ${seq}`, ...changes }
}

describe('addEmergency', () => {
  it('keeps what was listed, oldest first, and lists nothing twice', async () => {
    const store = await openTenant()
    const owner = { kind: 'owner', name: 'did:key:zA', ...REASON } as const
    const key = { kind: 'key', name: 'did:key:zA#zA', ...REASON } as const
    const first = await ok(store.addEmergency(owner, context()))
    await ok(store.addEmergency(key, context()))
    const again = await store.addEmergency(owner, context())

    expect(again).toMatchObject({ done: true, replayed: true, value: first })
    expect((await store.emergency('acme')).entries).toMatchObject([
      { number: 1, ...owner },
      { number: 2, ...key },
    ])
  })

  it('tells the audit trail, and has the status published', async () => {
    const store = await openTenant()
    const changed: string[] = []
    store.onStatusChange((tenant) => changed.push(tenant))
    await ok(store.addEmergency({ kind: 'authority', name: 'did:key:zAuthority', ...REASON }, context()))

    const { items } = await store.audit('acme', {}, { limit: 10 })
    expect(items.at(-1)).toMatchObject({
      action: 'emergency.add',
      target: 'did:key:zAuthority',
      details: { kind: 'authority', ...REASON },
    })
    expect(changed).toEqual(['acme'])
  })

  it('refuses a key that signs for the service and can be rotated, and takes it when it does not sign', async () => {
    const store = await openTenant()
    const active = signingKey('status', 'acme', { id: `${WEB}#active` })
    const rotation = { use: 'status', key: active, activateAt: 0, isEmergency: true } as const
    await ok(store.rotateKey(rotation, context()))

    expect(await refusal(store.addEmergency({ kind: 'key', name: active.id, ...REASON }, context()))).toBe(
      'conflict key_active',
    )
    expect(await refusal(store.addEmergency({ kind: 'key', name: `${WEB}#old`, ...REASON }, context()))).toBe(
      'done',
    )
  })

  it('refuses one entry more than verifiers read, and still the authority as a whole', async () => {
    const store = await openTenant()
    for (let i = 0; i < 256; i++)
      await ok(store.addEmergency({ kind: 'owner', name: `did:key:z${i}`, ...REASON }, context()))

    const key = { kind: 'key', name: 'did:key:zA#zA', ...REASON } as const
    expect(await refusal(store.addEmergency(key, context()))).toBe('quota_exceeded')
    const all = { kind: 'authority', name: 'did:key:zAuthority', ...REASON } as const
    expect(await refusal(store.addEmergency(all, context()))).toBe('done')
  })

  it('puts a drill in the place of the one before, as a newer entry', async () => {
    const store = await openTenant()
    for (const name of ['did:key:zA#zA', 'did:key:zB#zB'])
      await ok(store.addEmergency({ kind: 'drill', name, reason: 'drill' }, context()))

    expect((await store.emergency('acme')).entries).toMatchObject([
      { number: 2, kind: 'drill', name: 'did:key:zB#zB' },
    ])
  })
})

describe('recordEmergency', () => {
  it('records the next list and no other', async () => {
    const store = await openTenant()
    expect(await store.recordEmergency('acme', signed(2))).toBe(false)
    expect(await store.recordEmergency('acme', signed(1))).toBe(true)
    expect(await store.recordEmergency('acme', signed(1, { jwt: 'other' }))).toBe(false)
    expect(await store.recordEmergency('acme', signed(2))).toBe(true)

    expect((await store.emergency('acme')).published).toEqual(signed(2))
  })
})
