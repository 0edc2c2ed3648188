/** For who receives webhooks: whether a request is the issuer's, and what it tells. */
export { type VerifyWebhookOptions, verifyWebhook, type WebhookRequest } from './verify-webhook.ts'
export type { WebhookEvent, WebhookEventType } from './webhook-event.ts'
