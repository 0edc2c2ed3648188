import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createDidResolver } from '../../../src/did/resolve-did.ts'
import type { Did } from '../../../src/model/did.ts'
import { MAX_EVENT_STREAMS_PER_ADDRESS } from '../../../src/server/limits.ts'
import { changesSliceOf, parseChanges } from '../../../src/status/changes.ts'
import { type Head, openHead } from '../../../src/status/head.ts'
import { type PushedHead, parseHeadEvent } from '../../../src/status/head-event.ts'
import { type EventSource, listenTo } from '../../helpers/event-source.ts'
import { addDelegation, send, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld } from '../../helpers/issuer-world.ts'
import { acceptedValue } from '../../helpers/signers.ts'

let service: Awaited<ReturnType<typeof startTestService>>

beforeEach(async () => {
  service = await startTestService({ publisher: { coalesceMs: 20 } })
})
afterEach(() => service.close())

async function listen(tenant = 'acme'): Promise<EventSource> {
  const source = await listenTo(`${service.url}/status/${tenant}/events`)
  onTestFinished(() => source.close())
  return source
}

interface Heard extends PushedHead {
  readonly id: string
  readonly opened: Head
}

async function heardNext(source: EventSource): Promise<Heard> {
  const event = await source.next()
  const pushed = parseHeadEvent(event?.data ?? '')
  if (event?.event !== 'head' || pushed === undefined) throw new Error('the event is none of a head')
  const statusIssuer = service.initialized.tenant.statusIssuer as Did
  const trust = { statusIssuer, resolver: createDidResolver(), now: Date.now() }
  return { ...pushed, id: event.id, opened: acceptedValue(await openHead(pushed.head, trust)) }
}

describe('the stream of heads', () => {
  it('begins with the newest head, for anybody and from any page, and is kept by no cache', async () => {
    const source = await listen()
    const { id, opened, changes } = await heardNext(source)

    expect(opened.token).toBe((await send(`${service.url}/status/acme/head`)).text)
    expect(id).toBe(String(opened.seq))
    expect(changes).toEqual({})
    const { headers } = source.response
    expect(headers.get('content-type')).toBe('text/event-stream')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-accel-buffering')).toBe('no')
  })

  it('goes on with the head of each commit and with what it changed', async () => {
    const { agent } = await buildWorld(service.url, service.admin)
    const { id, position } = await addDelegation(service.admin, agent.id)
    const source = await listen()
    const first = await heardNext(source)
    await service.admin.post(`/v1/delegations/${id}/revoke`, { reason: 'leaked' })

    for (let before = first; ; ) {
      const next = await heardNext(source)
      expect(next.opened.seq).toBeGreaterThan(before.opened.seq)
      before = next
      const slice = changesSliceOf(next.opened.iatMs)
      const changes = acceptedValue(parseChanges(next.changes[slice] ?? 'AQ', slice))
      if (changes.some(({ pair, set }) => pair === position.list && set.includes(position.index))) return
    }
  })

  it('has the newest head first whatever was heard last [PS-03]', async () => {
    const url = `${service.url}/status/acme/events`
    const source = await listenTo(url, { headers: { 'last-event-id': '1000000' } })
    onTestFinished(() => source.close())

    expect((await heardNext(source)).opened.token).toBe((await send(`${service.url}/status/acme/head`)).text)
  })

  it('is none of a tenant that there is not', async () => {
    expect(await send(`${service.url}/status/nobody/events`)).toMatchObject({
      status: 404,
      json: { code: 'not_found' },
    })
  })

  it('can be asked for by HEAD, and then nobody listens', async () => {
    const answer = await send(`${service.url}/status/acme/events`, { method: 'HEAD' })

    expect(answer).toMatchObject({ status: 200, text: '' })
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
  })

  it('is open so many times to one address, and again when one of those has gone', async () => {
    const sources = []
    for (let i = 0; i < MAX_EVENT_STREAMS_PER_ADDRESS; i++) sources.push(await listen())
    expect(sources.map(({ response }) => response.status)).toEqual(sources.map(() => 200))
    const refused = await send(`${service.url}/status/acme/events`)

    expect(refused).toMatchObject({ status: 429, json: { code: 'rate_limited' } })
    expect(refused.headers.get('retry-after')).toBe('60')
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
    await sources[0]?.close()
    await expect.poll(async () => (await listen()).response.status).toBe(200)
    expect((await send(`${service.url}/status/acme/head`)).status).toBe(200)
  })

  it('ends when the service closes, which waits for nobody who listens', async () => {
    const source = await listen()
    await heardNext(source)
    const before = performance.now()
    const closed = service.close()

    while ((await source.next()) !== undefined);
    await closed
    expect(performance.now() - before).toBeLessThan(2_000)
  })
})
