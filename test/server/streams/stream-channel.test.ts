import { expect, it } from 'vitest'
import type { Subscription } from '../../../src/issuer/delivery-store.ts'
import type { Issuer } from '../../../src/issuer/issuer.ts'
import type { AuditEntry } from '../../../src/issuer/records.ts'
import { SESSION_REVOKED } from '../../../src/server/streams/event-types.ts'
import { streamChannel } from '../../../src/server/streams/stream-channel.ts'

const ENTRY = {
  at: 0,
  role: 'admin',
  action: 'run.revoke',
  target: 'urn:uuid:2f1c6c0e-0000-4000-8000-000000000001',
  ownerId: 'own_1',
  agentId: 'agt_1',
  details: {},
} as unknown as AuditEntry

function stream(id: string, receiver = 'did:key:zReceiver'): Subscription {
  const settings = { receiver, audience: receiver, removed: [] }
  return { id, tenant: 'acme', kind: 'stream', types: [SESSION_REVOKED], settings } as unknown as Subscription
}

it('reads of an entry whom it is about, and each receiver, once for all streams, and anew for the next entry', async () => {
  const reads: string[] = []
  const store = {
    owner: async () => void reads.push('owner'),
    agent: async () => void reads.push('agent'),
    principal: async (did: string) => {
      reads.push(did)
      return { tenant: 'acme', role: did.endsWith('Gone') ? 'revoker' : 'auditor' }
    },
  }
  const channel = streamChannel({ store } as unknown as Issuer)
  const streams = [stream('str_1'), stream('str_2'), stream('str_3', 'did:key:zGone')]

  const told = await Promise.all(streams.map((one) => channel.deliveriesOf(ENTRY, one)))
  expect(told.map((deliveries) => deliveries.length)).toEqual([1, 1, 0])
  expect(reads.toSorted()).toEqual(['agent', 'did:key:zGone', 'did:key:zReceiver', 'owner'])
  await channel.deliveriesOf({ ...ENTRY }, stream('str_1'))
  expect(reads).toHaveLength(7)
})
