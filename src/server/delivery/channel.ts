import type { Delivery, NewDelivery, Subscription } from '../../issuer/delivery-store.ts'
import type { AuditEntry } from '../../issuer/records.ts'

/** A subscription with a place to send to. */
export type SentSubscription = Subscription & { readonly endpoint: string }

/** What is posted to an endpoint. */
export interface DeliveryRequest {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What a kind of subscription tells, and in which form. */
export interface DeliveryChannel {
  /** What a subscription is told of an entry of the trail. */
  deliveriesOf(entry: AuditEntry, subscription: Subscription): Promise<readonly NewDelivery[]>
  /** The request of one attempt, signed for it. */
  requestOf(delivery: Delivery, subscription: SentSubscription): Promise<DeliveryRequest>
}
