import { describe, expect, it } from 'vitest'
import type { SignedCall } from '../../../src/server/http/call.ts'
import { webhookRoutes } from '../../../src/server/routes/webhooks.ts'
import { askedStream, ownStream } from '../../../src/server/streams/own-stream.ts'
import { pollStream } from '../../../src/server/streams/poll.ts'

const RECEIVER = 'did:key:zReceiver'
const NUL = 'str_1\0'

/** A call of somebody whose stream and webhook are there under each id. The store, like PostgreSQL, takes no text with a NUL. */
function callOf(parts: Partial<SignedCall>) {
  const settled: string[] = []
  const take = <T>(text: string, value: T): T => {
    if (text.includes('\0')) throw new Error('invalid byte sequence for encoding "UTF8": 0x00')
    return value
  }
  const kindOf = (id: string) => (id.startsWith('whk_') ? 'webhook' : 'stream')
  const store = {
    subscription: async (_: string, id: string) =>
      take(id, { id, kind: kindOf(id), tenant: 'acme', settings: { receiver: RECEIVER } }),
    settleDeliveries: async (_: string, __: string, outcomes: readonly { eventId: string }[]) =>
      settled.push(...outcomes.map(({ eventId }) => take(eventId, eventId))),
    redeliver: async (_: string, event = '') => take(event, { done: true, value: 1, replayed: false }),
  }
  const call = {
    service: { issuer: { store, clock: () => 0 } },
    principal: { tenant: 'acme', did: RECEIVER },
    params: { id: 'str_1' },
    query: new URLSearchParams(),
    ...parts,
  }
  return { call: call as unknown as SignedCall, settled }
}

describe('a text of a receiver that is no id', () => {
  it('names no stream, and the database is not asked', async () => {
    const query = new URLSearchParams({ stream_id: NUL })

    await expect(ownStream(callOf({}).call, NUL)).rejects.toMatchObject({ code: 'not_found' })
    await expect(askedStream(callOf({ query }).call)).rejects.toMatchObject({ code: 'not_found' })
    expect(await ownStream(callOf({}).call, 'str_1')).toMatchObject({ id: 'str_1' })
  })

  it('acknowledges nothing, and what is acknowledged beside it is', async () => {
    const body = { maxEvents: 0, ack: ['str_1.a.0', '\0'], setErrs: { '\0': { err: 'x' }, b: { err: 'x' } } }
    const { call, settled } = callOf({ body })

    expect((await pollStream(call)).status).toBe(200)
    expect(settled).toEqual(['str_1.a.0', 'b'])
  })

  it('names no event that could be delivered again', async () => {
    const route = webhookRoutes.find(({ path }) => path.endsWith('/:id/redeliver'))
    const handle = route?.handle as (call: SignedCall) => Promise<Response>
    const redeliver = (event: string) => handle(callOf({ params: { id: 'whk_1' }, body: { event } }).call)

    await expect(redeliver('evt_\0')).rejects.toMatchObject({ code: 'not_found' })
    expect((await redeliver('evt_1')).status).toBe(200)
  })
})
