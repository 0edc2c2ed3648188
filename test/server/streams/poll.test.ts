import { expect, it } from 'vitest'
import type { DueQuery } from '../../../src/issuer/delivery-store.ts'
import type { SignedCall } from '../../../src/server/http/call.ts'
import { STREAM_UPDATED } from '../../../src/server/streams/event-types.ts'
import { pollStream } from '../../../src/server/streams/poll.ts'

const RECEIVER = 'did:key:zReceiver'

/** A polled stream for which two events wait; `signatures` counts. */
function polled({ kid = 'k1', state = 'active' } = {}) {
  const asked: DueQuery[] = []
  const signatures = { count: 0 }
  const store = {
    subscription: async (_: string, id: string) => ({
      id,
      kind: 'stream',
      state,
      settings: { receiver: RECEIVER },
    }),
    tenants: async () => [{ id: 'acme' }],
    dueDeliveries: async (_: string, __: string, query: DueQuery) => {
      asked.push(query)
      return ['1', '2'].map((n) => ({ eventId: `str_1.${n}`, createdAt: 0, payload: {} }))
    },
  }
  const signer = {
    publicJwk: { alg: 'RS256', kid },
    sign: async () => new Uint8Array([++signatures.count]),
  }
  const keys = { securityEvents: async () => signer }
  const call = {
    service: { issuer: { store, keys, origin: 'https://id.example', clock: () => 0 } },
    principal: { tenant: 'acme', did: RECEIVER },
    params: { id: 'str_1' },
    body: {},
  }
  return { poll: () => pollStream(call as unknown as SignedCall), asked, signatures }
}

it('signs what is asked for again once, also at the same time, and anew with another key [TX-06]', async () => {
  const { poll, signatures } = polled()
  const answers = await Promise.all([poll(), poll()])
  const bodies = await Promise.all([...answers, await poll()].map((answer) => answer.text()))

  expect(new Set(bodies).size).toBe(1)
  expect(signatures.count).toBe(2)
  const rotated = polled({ kid: 'k2' })
  await rotated.poll()
  expect(rotated.signatures.count).toBe(2)
})

it.each([
  { state: 'active', type: undefined },
  { state: 'paused', type: STREAM_UPDATED },
  { state: 'disabled', type: STREAM_UPDATED },
])('asks of a stream that is $state for events of type $type, however many others wait', async (one) => {
  const { poll, asked } = polled({ state: one.state })
  await poll()

  expect(asked.map(({ type }) => type)).toEqual([one.type])
})
