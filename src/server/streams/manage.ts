import { createId } from '../../issuer/ids.ts'
import type { Id } from '../../issuer/records.ts'
import { ApiError } from '../api-error.ts'
import {
  type StreamBody,
  streamSchema,
  streamStatusSchema,
  streamSubjectSchema,
  verifyStreamSchema,
} from '../contract/stream-bodies.ts'
import { isEndpoint } from '../delivery/endpoint.ts'
import { created, json, unwrap, unwrapReplay } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { rateLimited } from '../http/rate-limited.ts'
import {
  MAX_REMOVED_SUBJECTS,
  MAX_STREAMS,
  MAX_STREAMS_PER_RECEIVER,
  STREAM_VERIFICATION_MS,
} from '../limits.ts'
import { changeStream, statusChange } from './change-stream.ts'
import { STREAMS_PATH } from './configuration.ts'
import { VERIFICATION } from './event-types.ts'
import { askedStream, malformed, ownStream, parseSsf } from './own-stream.ts'
import {
  deliveredEvents,
  knownStream,
  PUSH,
  type Stream,
  type StreamSettings,
  settingsOf,
  streamOf,
} from './stream.ts'
import { streamDelivery } from './stream-deliveries.ts'
import { isSame, type Subject } from './subject.ts'
import { assertExpected, statusOf, statusView, streamView } from './view.ts'

const EMPTY = { 'cache-control': 'no-store' }

/** SSF 1.0 §8.1.1.1. With the first stream of a tenant its key for security event tokens is made. */
export async function createStream(call: SignedCall): Promise<Response> {
  const body = parseSsf(streamSchema, call.body)
  const { service, principal, write } = call
  const { store, keys, random } = service.issuer
  if (body.aud !== undefined && body.aud !== principal.did && principal.role !== 'admin')
    throw new ApiError('forbidden', { detail: 'aud is chosen by an administrator' })
  const id = createId('str', random)
  const input = {
    tenant: principal.tenant,
    id,
    kind: 'stream',
    limit: MAX_STREAMS,
    share: { setting: 'receiver', limit: MAX_STREAMS_PER_RECEIVER },
    types: deliveredEvents(body.events_requested),
    ...endpointOf(call, body),
  } as const
  const settings: StreamSettings = {
    receiver: principal.did,
    audience: body.aud ?? principal.did,
    removed: [],
    ...(await suppliedSettings(call, id, body)),
  }
  await keys.securityEvents(principal.tenant)
  const written = await store.createSubscription({ ...input, settings: { ...settings } }, write)
  const { value, replayed } = unwrapReplay(written)
  const stream = knownStream(value)
  return created(`${STREAMS_PATH}/stream?stream_id=${stream.id}`, await streamView(call, stream), replayed)
}

/** What of a body is kept as it is, sealed where it is a secret. */
async function suppliedSettings(
  { service, principal }: SignedCall,
  id: Id,
  { events_requested: requested, description, delivery }: StreamBody,
): Promise<Pick<StreamSettings, 'requested' | 'description' | 'authorization'>> {
  const secret = delivery?.authorization_header
  const authorization = secret && (await service.issuer.keys.sealStreamSecret(principal.tenant, id, secret))
  return {
    ...(requested !== undefined && { requested }),
    ...(description !== undefined && { description }),
    ...(authorization !== undefined && { authorization }),
  }
}

/** A stream without `delivery` is polled. @throws {ApiError} `malformed_request` */
function endpointOf({ service }: SignedCall, { delivery }: StreamBody): { readonly endpoint?: string } {
  if (delivery?.method !== PUSH) {
    if (delivery?.authorization_header !== undefined) throw malformed('authorization_header is of a push')
    return {}
  }
  const { endpoint_url: endpoint = '' } = delivery
  if (!isEndpoint(endpoint, service.deliveryHosts))
    throw malformed(
      'delivery.endpoint_url must begin with https:, or be of a host in PROCURA_DELIVERY_HOSTS (as host:port), without user, password and fragment',
    )
  return { endpoint }
}

/** SSF 1.0 §8.1.1.2 */
export async function readStreams(call: SignedCall): Promise<Response> {
  if (call.query.has('stream_id')) return json(await streamView(call, await askedStream(call)))
  const { service, principal } = call
  const { subscriptions } = await service.issuer.store.subscribed(principal.tenant)
  const streams = subscriptions.flatMap((one) => streamOf(one) ?? [])
  const own = streams.filter(({ receiver }) => receiver === principal.did)
  return json(await Promise.all(own.map((stream) => streamView(call, stream))))
}

/** SSF 1.0 §8.1.1.3: what is not named stays. */
export async function updateStream(call: SignedCall): Promise<Response> {
  const { stream, body } = await changing(call)
  return await change(call, stream, body, ['requested', 'description'])
}

/** SSF 1.0 §8.1.1.4: what the receiver supplies and does not name is gone, but for a secret of a place that stays: it is never shown. */
export async function replaceStream(call: SignedCall): Promise<Response> {
  const { stream, body } = await changing(call)
  if (body.delivery === undefined) throw malformed('delivery is missing')
  return await change(call, stream, body, [])
}

async function changing(call: SignedCall): Promise<{ readonly stream: Stream; readonly body: StreamBody }> {
  const body = parseSsf(streamSchema, call.body)
  if (body.stream_id === undefined) throw malformed('stream_id is missing')
  const stream = await ownStream(call, body.stream_id)
  await assertExpected(call, stream)
  if (body.delivery !== undefined && (body.delivery.method === PUSH) !== isPushed(stream))
    throw malformed('the delivery method of a stream does not change: make another stream')
  return { stream, body }
}

function isPushed({ subscription }: Stream): boolean {
  return subscription.endpoint !== undefined
}

function staysInPlace({ subscription }: Stream, { delivery }: StreamBody): boolean {
  return delivery === undefined || delivery.endpoint_url === subscription.endpoint
}

/** @param kept Which settings that the body does not have stay as they were; a secret stays with its place. */
async function change(
  call: SignedCall,
  stream: Stream,
  body: StreamBody,
  kept: readonly string[],
): Promise<Response> {
  const endpoint = body.delivery === undefined ? {} : endpointOf(call, body)
  const supplied = await suppliedSettings(call, stream.id, body)
  const changed = await changeStream(call, stream, (now) => {
    const { requested, description, authorization, ...fixed } = settingsOf(now)
    const before = Object.entries({ requested, description, authorization })
    const names = staysInPlace(now, body) ? [...kept, 'authorization'] : kept
    const held = before.filter(([name, value]) => value !== undefined && names.includes(name))
    const settings = { ...fixed, ...Object.fromEntries(held), ...supplied }
    const types = deliveredEvents(settings.requested as readonly string[] | undefined)
    return { types, settings, ...endpoint }
  })
  return json(await streamView(call, changed))
}

/** SSF 1.0 §8.1.1.5 */
export async function removeStream(call: SignedCall): Promise<Response> {
  const { id } = await askedStream(call)
  unwrap(await call.service.issuer.store.deleteSubscription(id, call.write))
  return new Response(null, { status: 204, headers: EMPTY })
}

/** SSF 1.0 §8.1.2.1 */
export async function readStatus(call: SignedCall): Promise<Response> {
  return json(statusView(await askedStream(call)))
}

/** SSF 1.0 §8.1.2.2: the receiver knows what it asked for, so no event tells of it. What an operator stopped is the operator's to change. */
export async function updateStatus(call: SignedCall): Promise<Response> {
  const { stream_id: id, status, reason } = parseSsf(streamStatusSchema, call.body)
  const stream = await ownStream(call, id)
  const changed = await changeStream(call, stream, (now) => {
    if (now.isHeld) throw new ApiError('forbidden', { detail: 'an operator has paused the stream' })
    return statusChange(now, { status, reason })
  })
  return json(statusView(changed))
}

/** SSF 1.0 §8.1.3.2: everybody is in from the beginning, so only who was taken out can come back. */
export async function addSubject(call: SignedCall): Promise<Response> {
  const { stream_id: id, subject } = parseSsf(streamSubjectSchema, call.body)
  const stream = await ownStream(call, id)
  if (isLeftOut(stream, subject))
    await leaveOut(call, stream, ({ removed }) => removed.filter((one) => !isSame(one, subject)))
  return new Response(null, { headers: EMPTY })
}

/** SSF 1.0 §8.1.3.3. Whether there is such a subject is nobody's to learn here. */
export async function removeSubject(call: SignedCall): Promise<Response> {
  const { stream_id: id, subject } = parseSsf(streamSubjectSchema, call.body)
  const stream = await ownStream(call, id)
  if (!isLeftOut(stream, subject))
    await leaveOut(call, stream, (now) => (isLeftOut(now, subject) ? now.removed : [...now.removed, subject]))
  return new Response(null, { status: 204, headers: EMPTY })
}

function isLeftOut({ removed }: Stream, subject: Subject): boolean {
  return removed.some((one) => isSame(one, subject))
}

async function leaveOut(
  call: SignedCall,
  stream: Stream,
  removedOf: (now: Stream) => Stream['removed'],
): Promise<void> {
  await changeStream(call, stream, (now) => {
    const removed = [...removedOf(now)]
    if (removed.length > MAX_REMOVED_SUBJECTS)
      throw new ApiError('quota_exceeded', { limit: MAX_REMOVED_SUBJECTS })
    return { settings: { ...settingsOf(now), removed } }
  })
}

/** SSF 1.0 §8.1.4.2. One for each interval: who asks later than that after the last time is never refused. */
export async function verifyStream(call: SignedCall): Promise<Response> {
  const { stream_id: id, state } = parseSsf(verifyStreamSchema, call.body)
  const stream = await ownStream(call, id)
  if (statusOf(stream) === 'disabled') throw malformed('the stream is disabled: nothing is sent over it')
  const { issuer } = call.service
  const now = issuer.clock()
  const interval = Math.floor(now / STREAM_VERIFICATION_MS)
  const delivery = streamDelivery(stream, {
    eventId: `${id}.verification.${interval}`,
    type: VERIFICATION,
    event: state === undefined ? {} : { state },
  })
  if (!(await issuer.store.addDelivery(call.principal.tenant, delivery, now)))
    throw rateLimited((interval + 1) * STREAM_VERIFICATION_MS - now, 'verifications of this stream')
  return new Response(null, { status: 204, headers: EMPTY })
}
