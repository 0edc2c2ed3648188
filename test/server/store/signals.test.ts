import { describe, expect, it } from 'vitest'
import type { Store, WriteContext } from '../../../src/issuer/ports.ts'
import type { Signal, SignalDemand } from '../../../src/issuer/signal-store.ts'
import { SIGNAL_MEMORY_MS } from '../../../src/server/limits.ts'
import {
  addDelegation,
  addOwner,
  addTenant,
  bit,
  context,
  NOW,
  newTransmitter,
  ok,
  openTenant,
  refusal,
} from './fixtures.ts'

const ADA = { issuer: 'https://login.example', subject: 'ada' }

const BY: WriteContext = context({
  principal: { tenant: 'acme', did: 'transmitter:trm_1', role: 'transmitter' },
})

function signal(jti: string, demand: SignalDemand, changes: Partial<Signal> = {}): Signal {
  return { jti, digest: `digest of ${jti}`, at: NOW, demand, reason: `security event ${jti}`, ...changes }
}

function about(kind: 'suspend' | 'offboard' | 'resume'): SignalDemand {
  return { kind, subjects: [ADA] }
}

async function openRegistered(changes: object = {}): Promise<Store> {
  const store = await openTenant()
  await ok(store.addTransmitter(newTransmitter(changes), context()))
  return store
}

async function suspended(store: Store, id: string): Promise<boolean | undefined> {
  return (await store.owner('acme', id))?.suspended
}

describe('receiveSignal', () => {
  it('does what it asks for and remembers it in one step, and once', async () => {
    const store = await openRegistered()
    const { id } = await addOwner(store, { subject: ADA })
    const one = signal('one', about('suspend'))
    const first = await store.receiveSignal('trm_1', one, BY)
    await ok(store.liftHolds({ kind: 'owner', id }, 'admin', context()))
    const again = await store.receiveSignal('trm_1', one, BY)

    expect(first).toEqual({ done: true, replayed: false, value: { outcome: 'suspended', owners: 1 } })
    expect(again).toEqual({ ...first, replayed: true })
    expect(await suspended(store, id)).toBe(false)
    expect(await refusal(store.receiveSignal('trm_1', { ...one, digest: 'other' }, BY))).toBe(
      'idempotency_mismatch',
    )
  })

  it('sets the bits of every owner of the subject, and ends them for good', async () => {
    const store = await openRegistered()
    const { owner, ownerCredential, delegation } = await addDelegation(store)
    const { id, version } = owner
    await ok(
      store.updateOwner(
        { id, version, to: { ...owner, subject: ADA }, changed: ['subject'], replaces: false },
        context(),
      ),
    )
    const second = await addOwner(store, { subject: ADA })
    await ok(store.receiveSignal('trm_1', signal('one', about('suspend')), BY))
    expect(await bit(store, 'suspension', ownerCredential.position)).toBe(true)
    expect(await suspended(store, second.id)).toBe(true)

    const purged = await ok(store.receiveSignal('trm_1', signal('two', about('offboard')), BY))
    expect(purged).toEqual({ outcome: 'offboarded', owners: 2 })
    expect(await bit(store, 'revocation', delegation.position)).toBe(true)
    const back = await ok(store.receiveSignal('trm_1', signal('three', about('resume'), { at: NOW + 1 }), BY))
    expect(back).toEqual({ outcome: 'ignored', owners: 0 })
  })

  it('lifts its own hold and no other, and only for what happened later', async () => {
    const store = await openRegistered({ lifts: true })
    const { id } = await addOwner(store, { subject: ADA })
    await ok(store.placeHold({ kind: 'owner', id }, 'admin', 'odd', context()))
    await ok(store.receiveSignal('trm_1', signal('one', about('suspend')), BY))
    const early = await ok(store.receiveSignal('trm_1', signal('two', about('resume')), BY))
    const late = await ok(store.receiveSignal('trm_1', signal('three', about('resume'), { at: NOW + 1 }), BY))

    expect([early.outcome, late.outcome]).toEqual(['ignored', 'resumed'])
    const holds = await store.holds('acme', { kind: 'owner', id })
    expect(holds.map(({ placedBy }) => placedBy)).toEqual([context().principal.did])
    const { items } = await store.audit('acme', { ownerId: id }, { limit: 100 })
    expect(items.at(-1)).toMatchObject({ action: 'owner.resume', details: { remaining: 1 } })
  })

  it('hits nobody in another tenant, nor of another issuer', async () => {
    const store = await openRegistered()
    await addTenant(store, 'globex', 'did:key:zGlobex')
    const by = context({ principal: { tenant: 'globex', did: 'did:key:zGlobex', role: 'admin' } })
    const foreign = await addOwner(store, { tenant: 'globex', subject: ADA }, by)
    const other = await addOwner(store, { subject: { ...ADA, issuer: 'https://other.example' } })

    const report = await ok(store.receiveSignal('trm_1', signal('one', about('offboard')), BY))
    expect(report).toEqual({ outcome: 'unknown_subject', owners: 0 })
    expect((await store.owner('globex', foreign.id))?.state).toBe('active')
    expect((await store.owner('acme', other.id))?.state).toBe('active')
  })

  it('does what it asks for by the transmitter that may speak of the subject, whichever brings it first', async () => {
    const store = await openRegistered({ subjectIssuer: 'https://other.example' })
    await ok(store.addTransmitter(newTransmitter({ id: 'trm_2' }), context()))
    const { id } = await addOwner(store, { subject: ADA })
    const purged = signal('one', about('offboard'))
    const unknown = signal('one', {
      kind: 'offboard',
      subjects: [{ ...ADA, issuer: 'https://other.example' }],
    })
    const first = await store.receiveSignal('trm_1', unknown, BY)
    const second = await store.receiveSignal('trm_2', purged, BY)

    expect(first).toMatchObject({ replayed: false, value: { outcome: 'unknown_subject' } })
    expect(second).toMatchObject({ replayed: false, value: { outcome: 'offboarded', owners: 1 } })
    expect((await store.owner('acme', id))?.state).toBe('offboarded')
    for (const by of ['trm_1', 'trm_2'])
      expect(await store.receiveSignal(by, purged, BY)).toMatchObject({ replayed: true })
    const other = { ...unknown, digest: 'other' }
    expect(await refusal(store.receiveSignal('trm_2', other, BY))).toBe('idempotency_mismatch')
  })

  it('does nothing again for whom is linked afterwards, though the transmitter is registered anew', async () => {
    const store = await openRegistered()
    await ok(store.receiveSignal('trm_1', signal('one', about('suspend')), BY))
    await ok(store.removeTransmitter('trm_1', context()))
    await ok(store.addTransmitter(newTransmitter({ id: 'trm_2' }), context()))
    const { id } = await addOwner(store, { subject: ADA })
    const again = await store.receiveSignal('trm_2', signal('one', about('suspend')), BY)

    expect(again).toMatchObject({ replayed: true, value: { outcome: 'unknown_subject' } })
    expect(await suspended(store, id)).toBe(false)
  })

  it('does once what two transmitters of the issuer bring', async () => {
    const store = await openRegistered()
    await ok(store.addTransmitter(newTransmitter({ id: 'trm_2' }), context()))
    const { id } = await addOwner(store, { subject: ADA })
    await ok(store.receiveSignal('trm_1', signal('one', about('suspend')), BY))
    await ok(store.liftHolds({ kind: 'owner', id }, 'admin', context()))
    const second = await store.receiveSignal('trm_2', signal('one', about('suspend')), BY)

    expect(second).toMatchObject({ replayed: true, value: { outcome: 'suspended' } })
    expect(await suspended(store, id)).toBe(false)
  })

  it('is not forgotten before it could not be taken any more', async () => {
    const store = await openRegistered()
    await ok(store.receiveSignal('trm_1', signal('one', { kind: 'note', outcome: 'verified' }), BY))
    const changed = signal('one', { kind: 'note', outcome: 'verified' }, { digest: 'other' })

    await store.prune(NOW + SIGNAL_MEMORY_MS)
    expect(await refusal(store.receiveSignal('trm_1', changed, BY))).toBe('idempotency_mismatch')
    await store.prune(NOW + SIGNAL_MEMORY_MS + 1)
    expect(await refusal(store.receiveSignal('trm_1', changed, BY))).toBe('done')
  })
})

describe('a transmitter', () => {
  it('shows what came last', async () => {
    const store = await openRegistered()
    const receive = (jti: string, outcome: 'verified' | 'stream_paused' | 'stream_enabled', at: number) =>
      ok(store.receiveSignal('trm_1', signal(jti, { kind: 'note', outcome }), { ...BY, at }))
    await receive('one', 'verified', NOW)
    await receive('two', 'stream_paused', NOW + 1)
    await receive('three', 'stream_enabled', NOW + 2)

    expect(await store.transmitters('acme')).toEqual([
      { ...newTransmitter(), receivedAt: NOW + 2, verifiedAt: NOW, stream: 'enabled' },
    ])
  })

  it('is one of few, and nothing is taken from it once it is removed', async () => {
    const store = await openRegistered()
    for (let i = 2; i <= 32; i++)
      await ok(store.addTransmitter(newTransmitter({ id: `trm_${i}` }), context()))
    expect(await refusal(store.addTransmitter(newTransmitter({ id: 'more' }), context()))).toBe(
      'quota_exceeded',
    )

    await ok(store.removeTransmitter('trm_1', context()))
    expect(await store.transmitter('acme', 'trm_1')).toBeUndefined()
    expect(await refusal(store.receiveSignal('trm_1', signal('one', about('suspend')), BY))).toBe('not_found')
  })
})
