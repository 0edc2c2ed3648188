import { setTimeout as sleep } from 'node:timers/promises'
import { createUuid } from '../../core/uuid.ts'
import { found } from '../authorize.ts'
import type { StreamStatus } from '../contract/stream-bodies.ts'
import { json, unwrap } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { emptySchema, parseBody, reasonSchema } from '../http/schema.ts'
import { MAX_PAGE_ITEMS, POLL_LOOK_MS } from '../limits.ts'
import { changeStream, statusChange } from './change-stream.ts'
import { STREAM_UPDATED } from './event-types.ts'
import { knownStream, type Stream, streamOf } from './stream.ts'
import { streamDelivery } from './stream-deliveries.ts'
import { listedView, statusOf } from './view.ts'

/** How often it is looked whether a receiver was told: about three seconds. */
const STATUS_LOOKS = 6

/** Streams of all receivers, for whoever operates the service. */
export async function listStreams({ service, principal }: SignedCall): Promise<Response> {
  const { subscriptions } = await service.issuer.store.subscribed(principal.tenant)
  const streams = subscriptions.flatMap((one) => streamOf(one) ?? [])
  return json({ items: streams.map(listedView) })
}

/** The reason is told to the receiver. */
export async function pauseStream(call: SignedCall): Promise<Response> {
  const { reason } = parseBody(reasonSchema, call.body)
  return json(listedView(await changeStatus(call, 'paused', reason)))
}

export async function resumeStream(call: SignedCall): Promise<Response> {
  parseBody(emptySchema, call.body)
  return json(listedView(await changeStatus(call, 'enabled')))
}

export async function redeliverStream(call: SignedCall): Promise<Response> {
  parseBody(emptySchema, call.body)
  const { id } = await anyStream(call)
  return json({ events: unwrap(await call.service.issuer.store.redeliver(id, undefined, call.write)) })
}

export async function endStream(call: SignedCall): Promise<Response> {
  const { id } = await anyStream(call)
  const ended = unwrap(await call.service.issuer.store.deleteSubscription(id, call.write))
  return json(listedView(knownStream(ended)))
}

async function anyStream({ service, principal, params }: SignedCall): Promise<Stream> {
  const subscription = await service.issuer.store.subscription(principal.tenant, params.id ?? '')
  return found(subscription && streamOf(subscription))
}

/**
 * SSF 1.0 §8.1.5: what the receiver did not ask for itself, it is told, before the stream stops and once it goes on. A stream that has the
 * status already is left alone, but that the receiver, who paused it, cannot make it go on any more.
 */
async function changeStatus(call: SignedCall, status: StreamStatus, reason?: string): Promise<Stream> {
  const stream = await anyStream(call)
  const isHeld = status !== 'enabled'
  if (statusOf(stream) !== status) await tellStatus(call, stream, status, reason)
  else if (stream.isHeld === true || !isHeld) return stream
  return await changeStream(call, stream, (now) => statusChange(now, { status, reason, isHeld }))
}

async function tellStatus(
  call: SignedCall,
  stream: Stream,
  status: StreamStatus,
  reason: string | undefined,
): Promise<void> {
  const { store, random, clock } = call.service.issuer
  const told = streamDelivery(stream, {
    eventId: `${stream.id}.status.${createUuid(random)}`,
    type: STREAM_UPDATED,
    event: { status, ...(reason !== undefined && { reason }) },
  })
  await store.addDelivery(call.principal.tenant, told, clock())
  if (status !== 'enabled') await awaitAttempt(call, stream, told.eventId)
}

/** Until a push was tried, or for a while; a poll is answered that much after the stream has stopped. */
async function awaitAttempt(
  { service, principal }: SignedCall,
  { id, subscription }: Stream,
  eventId: string,
) {
  if (subscription.endpoint === undefined) return
  const { store, clock } = service.issuer
  for (let looks = 0; looks < STATUS_LOOKS; looks++) {
    const asked = { at: clock(), limit: MAX_PAGE_ITEMS, type: STREAM_UPDATED }
    const due = await store.dueDeliveries(principal.tenant, id, asked)
    if (!due.some((delivery) => delivery.eventId === eventId)) return
    await sleep(POLL_LOOK_MS)
  }
}
