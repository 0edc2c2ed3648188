import type { JsonObject } from '../../core/json.ts'
import type { NewDelivery } from '../../issuer/delivery-store.ts'
import type { AuditEntry } from '../../issuer/records.ts'
import { type Names, type SecurityEvent, securityEvents } from './security-events.ts'
import type { Stream } from './stream.ts'
import { matchesSubject, streamSubject } from './subject.ts'

/**
 * What a stream is told of an entry. The id of each is made of the stream and the entry, so an entry that is looked at again makes the
 * same ones.
 */
export async function streamDeliveries(
  entry: AuditEntry,
  stream: Stream,
  names: Names,
): Promise<readonly NewDelivery[]> {
  const events = await securityEvents(entry, names)
  return events.flatMap((event, i) => {
    if (!isWanted(stream, event)) return []
    const eventId = `${stream.id}.${entry.hash}.${i}`
    const subject = entry.ownerId ?? entry.target
    const payload = payloadOf(event, entry.requestId)
    return [{ subscriptionId: stream.id, eventId, type: event.type, subject, payload }]
  })
}

function isWanted({ subscription, removed }: Stream, { type, subject }: SecurityEvent): boolean {
  return subscription.types.includes(type) && !removed.some((one) => matchesSubject(one, subject))
}

/** @param request What the events of one request have in common (RFC 8417 §2.2). */
function payloadOf({ type, subject, event }: SecurityEvent, request: string): JsonObject {
  return { txn: request, sub_id: subject, events: { [type]: event } }
}

/** One about the stream itself, of which it is told whatever it asked for. */
export function streamDelivery(
  stream: Pick<Stream, 'id'>,
  { eventId, type, event }: { readonly eventId: string; readonly type: string; readonly event: JsonObject },
): NewDelivery {
  const payload = { sub_id: streamSubject(stream.id), events: { [type]: event } }
  return { subscriptionId: stream.id, eventId, type, subject: stream.id, payload }
}
