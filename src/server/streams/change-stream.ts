import type { SubscriptionChange } from '../../issuer/delivery-store.ts'
import { unlessRaced } from '../../issuer/outcome.ts'
import { found } from '../authorize.ts'
import type { StreamStatus } from '../contract/stream-bodies.ts'
import { unwrap } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { knownStream, type Stream, settingsOf } from './stream.ts'

/** Changes a stream as it is at that moment: what somebody else changes meanwhile is not undone by it. */
export async function changeStream(
  { service, principal, write }: SignedCall,
  { id }: Stream,
  changeOf: (now: Stream) => SubscriptionChange,
): Promise<Stream> {
  const { store } = service.issuer
  const written = await unlessRaced(async () => {
    const subscription = found(await store.subscription(principal.tenant, id))
    const change = changeOf(knownStream(subscription))
    return await store.changeSubscription(id, { ...change, heldSettings: subscription.settings }, write)
  })
  return knownStream(unwrap(written))
}

/** @param next.isHeld By an operator. */
export function statusChange(
  stream: Stream,
  next: {
    readonly status: StreamStatus
    readonly reason: string | undefined
    readonly isHeld?: boolean
  },
): Pick<SubscriptionChange, 'state' | 'settings'> {
  const { reason: _, isHeld: __, ...settings } = settingsOf(stream)
  return {
    state: next.status === 'enabled' ? 'active' : next.status,
    settings: {
      ...settings,
      ...(next.reason !== undefined && { reason: next.reason }),
      ...(next.isHeld === true && { isHeld: true }),
    },
  }
}
