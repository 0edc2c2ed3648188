import { encodeUtf8 } from '../../core/bytes.ts'
import { formatDateTime } from '../../core/date-time.ts'
import type { JsonObject } from '../../core/json.ts'
import { createUuid } from '../../core/uuid.ts'
import type { NewDelivery, Subscription } from '../../issuer/delivery-store.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import { WEBHOOK_PROFILE } from '../../securing/http-signature/profile.ts'
import { signRequest } from '../../securing/http-signature/sign.ts'
import type { WebhookEvent } from '../../webhooks/webhook-event.ts'
import { JSON_TYPE } from '../http/operation.ts'
import type { DeliveryChannel } from './channel.ts'
import { webhookEventOf } from './webhook-events.ts'

/** Webhooks: events as JSON, each attempt signed by the tenant's key for them (docs/api.md "Webhooks"). */
export function webhookChannel({ keys, clock, random }: Issuer): DeliveryChannel {
  return {
    async deliveriesOf(entry, subscription) {
      const event = webhookEventOf(entry)
      if (event === undefined || !subscription.types.includes(event.type)) return []
      return [deliveryOfEvent(event, subscription)]
    },
    async requestOf({ payload }, { tenant, endpoint }) {
      const body = encodeUtf8(JSON.stringify(payload))
      const headers = { 'content-type': JSON_TYPE }
      const signer = await keys.webhook(tenant)
      const request = { method: 'POST', targetUri: endpoint, headers, body }
      const profile = WEBHOOK_PROFILE
      const signature = await signRequest({ ...request, profile, signer, now: clock(), random })
      return { headers: { ...headers, ...signature }, body }
    },
  }
}

/** An event that nothing has caused but that somebody asked for it. */
export function testDelivery(
  { clock, random }: Pick<Issuer, 'clock' | 'random'>,
  webhook: Subscription,
): NewDelivery {
  const { id, tenant } = webhook
  const time = formatDateTime(clock())
  return deliveryOfEvent(
    { id: `evt_${createUuid(random)}`, type: 'webhook.test', time, tenant, target: id },
    webhook,
  )
}

/** What is about one agent is told in its order, else what is about one owner, or one thing. */
function deliveryOfEvent(event: WebhookEvent, { id: subscriptionId }: Subscription): NewDelivery {
  const { id: eventId, type, agent, owner, target } = event
  return {
    subscriptionId,
    eventId,
    type,
    subject: agent ?? owner ?? target,
    payload: { ...event } as JsonObject,
  }
}
