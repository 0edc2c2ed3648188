import { describe, expect, it } from 'vitest'
import type { Subscription } from '../../../src/issuer/delivery-store.ts'
import type { AuditEntry } from '../../../src/issuer/records.ts'
import { CREDENTIAL_CHANGE, SESSION_REVOKED } from '../../../src/server/streams/event-types.ts'
import { type Names, securityEvents } from '../../../src/server/streams/security-events.ts'
import { streamOf } from '../../../src/server/streams/stream.ts'
import { streamDeliveries } from '../../../src/server/streams/stream-deliveries.ts'
import type { Subject } from '../../../src/server/streams/subject.ts'

const OWNER = 'did:key:zOwner'
const AGENT = 'did:key:zAgent'
const LINK = 'urn:uuid:2f1c6c0e-0000-4000-8000-000000000001'

const NAMES: Names = {
  owner: async (id) => (id === 'own_1' ? OWNER : undefined),
  agent: async (id) => (id === 'agt_1' ? AGENT : undefined),
}

function entry(action: string, changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    tenant: 'acme',
    seq: 7,
    at: 1_795_338_000_999,
    actor: 'did:key:zAdmin',
    role: 'admin',
    action,
    target: LINK,
    ownerId: 'own_1',
    agentId: 'agt_1',
    requestId: 'a5b1',
    details: { reason: 'Ada Lovelace left' },
    prev: 'p',
    hash: 'h',
    ...changes,
  }
}

/** What is told, without what is the same in each. */
async function told(action: string, changes: Partial<AuditEntry> = {}) {
  const events = await securityEvents(entry(action, changes), NAMES)
  return events.map(({ type, subject, event }) => ({
    type: type.split('/').at(-1),
    subject,
    ...(event.change_type !== undefined && { change: event.change_type, of: event.credential_type }),
  }))
}

const did = (url: string): Subject => ({ format: 'did', url })
const link = (uri: string): Subject => ({
  format: 'complex',
  user: did(OWNER),
  application: did(AGENT),
  session: { format: 'uri', uri },
})
const CREDENTIAL = 'verifiable-credential'

describe('what an entry of the trail tells receivers', () => {
  it.each([
    { action: 'owner.offboard', subject: did(OWNER) },
    { action: 'owner.suspend', subject: did(OWNER) },
    { action: 'agent.revoke', subject: did(AGENT) },
    { action: 'agent.suspend', subject: did(AGENT) },
    { action: 'agent.release', subject: did(AGENT) },
    { action: 'delegation.suspend', subject: link(LINK) },
    { action: 'run.complete', subject: link(LINK) },
    { action: 'run.revoke', subject: link(LINK) },
  ])('$action: session-revoked', async ({ action, subject }) => {
    expect(await told(action)).toEqual([{ type: 'session-revoked', subject }])
  })

  it.each([
    { action: 'delegation.issue', change: 'create' },
    { action: 'delegation.renew', change: 'update' },
    { action: 'delegation.end', change: 'delete' },
    { action: 'owner_credential.issue', change: 'create' },
  ])('$action: credential-change $change', async ({ action, change }) => {
    expect(await told(action)).toEqual([
      { type: 'credential-change', subject: link(LINK), change, of: CREDENTIAL },
    ])
  })

  it('a delegation that is revoked: both, for each of its credentials', async () => {
    const other = LINK.replace(/1$/, '2')

    const events = await told('delegation.revoke', { details: { reason: 'x', others: [other] } })

    expect(events).toEqual(
      [LINK, other].flatMap((uri) => [
        { type: 'session-revoked', subject: link(uri) },
        { type: 'credential-change', subject: link(uri), change: 'revoke', of: CREDENTIAL },
      ]),
    )
  })

  it.each(['agent.rotate', 'owner.rotate'])(
    '%s: the key under the DID that receivers know',
    async (action) => {
      const details = { did: 'did:key:zNext', previous: 'did:key:zOld' }

      expect(await told(action, { details })).toEqual([
        { type: 'credential-change', subject: did('did:key:zOld'), change: 'update', of: 'did-key' },
      ])
    },
  )

  it.each([
    { kind: 'owner', type: 'session-revoked' },
    { kind: 'authority', type: 'session-revoked' },
    { kind: 'key', type: 'credential-change', change: 'revoke', of: 'did-key' },
  ])('an emergency entry for a $kind', async ({ kind, ...event }) => {
    const target = 'did:web:id.example#key-1'

    expect(await told('emergency.add', { target, details: { kind, reason: 'x' } })).toEqual([
      { ...event, subject: did(target) },
    ])
  })

  it('nothing of a drill, of what gives and of what is no event', async () => {
    for (const action of [
      'emergency.add',
      'owner.create',
      'owner.resume',
      'delegation.plan',
      'lease.revoke',
    ]) {
      expect(await told(action, { details: { kind: 'drill', reason: 'x' } })).toEqual([])
    }
    expect(await told('owner.offboard')).toHaveLength(1)
  })

  it('says when, by whom and why in fixed words, and repeats nothing that people wrote [TX-02]', async () => {
    const [event] = await securityEvents(entry('owner.offboard'), NAMES)
    const [byService] = await securityEvents(entry('owner.offboard', { role: 'service' }), NAMES)

    expect(event?.event).toEqual({
      event_timestamp: 1_795_338_000,
      initiating_entity: 'admin',
      reason_admin: { en: 'owner offboarded' },
    })
    expect(byService?.event.initiating_entity).toBe('system')
    expect(JSON.stringify(event)).not.toContain('Lovelace')
  })
})

describe('what a stream is told of it', () => {
  function stream(changes: Partial<Subscription> = {}, removed: readonly Subject[] = []) {
    const subscription: Subscription = {
      tenant: 'acme',
      id: 'str_1',
      kind: 'stream',
      types: [SESSION_REVOKED, CREDENTIAL_CHANGE],
      state: 'active',
      settings: { receiver: 'did:key:zR', audience: 'aud', removed: [...removed] },
      since: 3,
      failures: 0,
      retryAt: 0,
      createdAt: 0,
      ...changes,
    }
    const read = streamOf(subscription)
    if (read === undefined) throw new Error('no stream')
    return read
  }
  const count = async (one: ReturnType<typeof stream>, action = 'delegation.revoke') =>
    (await streamDeliveries(entry(action), one, NAMES)).length

  it('is each event by itself, with an id that is the same when the entry is looked at again', async () => {
    const first = await streamDeliveries(entry('delegation.revoke'), stream(), NAMES)
    const again = await streamDeliveries(entry('delegation.revoke'), stream(), NAMES)

    expect(first.map(({ eventId }) => eventId)).toEqual(['str_1.h.0', 'str_1.h.1'])
    expect(again).toEqual(first)
    expect(first[0]?.payload).toEqual({
      txn: 'a5b1',
      sub_id: link(LINK),
      events: { [SESSION_REVOKED]: expect.objectContaining({ initiating_entity: 'admin' }) },
    })
  })

  it('is what it asked for', async () => {
    expect(await count(stream())).toBe(2)
    expect(await count(stream({ types: [SESSION_REVOKED] }))).toBe(1)
  })

  it('is nothing about whom it took out', async () => {
    expect(await count(stream({}, [{ format: 'complex', application: did(AGENT) }]))).toBe(0)
    expect(await count(stream({}, [{ format: 'complex', application: did('did:key:zOther') }]))).toBe(2)
    expect(await count(stream({}, [did(OWNER)]), 'owner.offboard')).toBe(0)
    expect(await count(stream({}, [did(OWNER)]))).toBe(2)
  })

  it('comes in order for each owner', async () => {
    const deliveries = await streamDeliveries(entry('delegation.revoke'), stream(), NAMES)

    expect(new Set(deliveries.map(({ subject }) => subject))).toEqual(new Set(['own_1']))
  })
})
