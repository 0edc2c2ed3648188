import { formatDateTime } from '../../core/date-time.ts'
import type { Json } from '../../core/json.ts'
import type { StreamStatus } from '../contract/stream-bodies.ts'
import type { SignedCall } from '../http/call.ts'
import { STREAM_VERIFICATION_MS } from '../limits.ts'
import { STREAMS_PATH } from './configuration.ts'
import { SUPPORTED_EVENTS } from './event-types.ts'
import { signalsIssuer } from './issuer-of.ts'
import { malformed } from './own-stream.ts'
import { POLL, PUSH, type Stream } from './stream.ts'

/** The stream's configuration, as SSF 1.0 §8.1.1 has it, without what the receiver keeps secret. */
export async function streamView(
  { service, principal }: SignedCall,
  stream: Stream,
): Promise<Record<string, Json>> {
  const { store, origin } = service.issuer
  const { id, audience, requested, description, subscription } = stream
  return {
    stream_id: id,
    iss: signalsIssuer(origin, await store.tenants(), principal.tenant),
    aud: audience,
    events_supported: [...SUPPORTED_EVENTS],
    ...(requested !== undefined && { events_requested: [...requested] }),
    events_delivered: [...subscription.types],
    delivery:
      subscription.endpoint === undefined
        ? { method: POLL, endpoint_url: `${origin}${STREAMS_PATH}/streams/${id}/poll` }
        : { method: PUSH, endpoint_url: subscription.endpoint },
    min_verification_interval: STREAM_VERIFICATION_MS / 1000,
    ...(description !== undefined && { description }),
  }
}

/** What the transmitter supplies may stand in a change, as it is. */
const TRANSMITTER_SUPPLIED = [
  'iss',
  'aud',
  'events_supported',
  'events_delivered',
  'min_verification_interval',
] as const

/** @throws {ApiError} `malformed_request` */
export async function assertExpected(call: SignedCall, stream: Stream): Promise<void> {
  const expected = await streamView(call, stream)
  const wrong = TRANSMITTER_SUPPLIED.find((name) => {
    const given = call.body[name]
    return given !== undefined && JSON.stringify(given) !== JSON.stringify(expected[name])
  })
  if (wrong !== undefined) throw malformed(`${wrong} is the transmitter's, and another`)
}

export function statusOf({ subscription: { state } }: Stream): StreamStatus {
  return state === 'active' ? 'enabled' : state
}

export function statusView(stream: Stream): object {
  const { id, reason } = stream
  return { stream_id: id, status: statusOf(stream), ...(reason !== undefined && { reason }) }
}

/** As operators see it. Of a URL only the host: the rest may be a secret of the receiver. */
export function listedView(stream: Stream): object {
  const { id, receiver, audience, reason, subscription } = stream
  const { endpoint, types, failures, failingSince, createdAt } = subscription
  return {
    id,
    receiver,
    audience,
    method: endpoint === undefined ? 'poll' : 'push',
    ...(endpoint !== undefined && { host: new URL(endpoint).host }),
    events: types,
    status: statusOf(stream),
    ...(reason !== undefined && { reason }),
    failures,
    ...(failingSince !== undefined && { failingSince: formatDateTime(failingSince) }),
    createdAt: formatDateTime(createdAt),
  }
}
