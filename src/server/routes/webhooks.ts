import { encodePublicJwk } from '../../core/crypto/public-jwk.ts'
import { formatDateTime } from '../../core/date-time.ts'
import type { JsonObject } from '../../core/json.ts'
import {
  DELIVERY_STATES,
  type Delivery,
  type DeliveryState,
  type Subscription,
} from '../../issuer/delivery-store.ts'
import { createId } from '../../issuer/ids.ts'
import { ApiError } from '../api-error.ts'
import { found } from '../authorize.ts'
import {
  DELIVERY_FILTERS,
  newWebhookSchema,
  redeliverySchema,
  WEBHOOK_OPERATIONS,
  webhookChangeSchema,
} from '../contract/webhooks.ts'
import { isEndpoint } from '../delivery/endpoint.ts'
import { testDelivery } from '../delivery/webhook-channel.ts'
import { DEFAULT_EVENT_TYPES } from '../delivery/webhook-events.ts'
import { created, json, page, unwrap, unwrapReplay } from '../http/answer.ts'
import type { PublicCall, SignedCall } from '../http/call.ts'
import { document } from '../http/document.ts'
import { parseListQuery } from '../http/query.ts'
import { ID_PATTERN, type PublicRoute, type SignedRoute } from '../http/route.ts'
import { emptySchema, invalidMember, parseBody } from '../http/schema.ts'
import { MAX_WEBHOOKS } from '../limits.ts'

const PATH = '/v1/webhooks'
const READERS = ['admin', 'auditor'] as const
const OPERATIONS = WEBHOOK_OPERATIONS

/** Who is told by a request of what happens. */
export const webhookRoutes: readonly (SignedRoute | PublicRoute)[] = [
  { method: 'POST', path: PATH, access: ['admin'], operation: OPERATIONS.create, handle: create },
  { method: 'GET', path: PATH, access: READERS, operation: OPERATIONS.list, handle: list },
  { method: 'GET', path: `${PATH}/:id`, access: READERS, operation: OPERATIONS.show, handle: show },
  { method: 'PATCH', path: `${PATH}/:id`, access: ['admin'], operation: OPERATIONS.change, handle: change },
  { method: 'DELETE', path: `${PATH}/:id`, access: ['admin'], operation: OPERATIONS.remove, handle: remove },
  {
    method: 'GET',
    path: `${PATH}/:id/deliveries`,
    access: READERS,
    operation: OPERATIONS.deliveries,
    handle: deliveries,
  },
  {
    method: 'POST',
    path: `${PATH}/:id/redeliver`,
    access: ['admin'],
    operation: OPERATIONS.redeliver,
    handle: redeliver,
  },
  { method: 'POST', path: `${PATH}/:id/test`, access: ['admin'], operation: OPERATIONS.test, handle: test },
  {
    method: 'GET',
    path: '/webhooks/:tenant/jwks.json',
    access: 'public',
    operation: OPERATIONS.keys,
    handle: keys,
  },
]

async function create(call: SignedCall): Promise<Response> {
  const { service, principal, write } = call
  const { url, types = DEFAULT_EVENT_TYPES, description } = parseBody(newWebhookSchema, call.body)
  const webhook = {
    tenant: principal.tenant,
    id: createId('whk', service.issuer.random),
    kind: 'webhook',
    endpoint: endpointOf(call, url),
    types: [...new Set(types)],
    settings: settingsOf(description),
    limit: MAX_WEBHOOKS,
  } as const
  const { value, replayed } = unwrapReplay(await service.issuer.store.createSubscription(webhook, write))
  // Made now, so that a receiver that is started next finds the key before the first event.
  await service.issuer.keys.webhook(principal.tenant)
  return created(`${PATH}/${value.id}`, webhookView(value), replayed)
}

async function list({ service, principal }: SignedCall): Promise<Response> {
  const { subscriptions } = await service.issuer.store.subscribed(principal.tenant)
  return json({ items: subscriptions.filter(({ kind }) => kind === 'webhook').map(webhookView) })
}

async function show(call: SignedCall): Promise<Response> {
  return json(webhookView(await webhookOf(call)))
}

async function change(call: SignedCall): Promise<Response> {
  const { id } = await webhookOf(call)
  const { url, description, ...rest } = parseBody(webhookChangeSchema, call.body)
  const changes = {
    ...rest,
    ...(url !== undefined && { endpoint: endpointOf(call, url) }),
    ...(description !== undefined && { settings: settingsOf(description) }),
  }
  return json(
    webhookView(unwrap(await call.service.issuer.store.changeSubscription(id, changes, call.write))),
  )
}

async function remove(call: SignedCall): Promise<Response> {
  const { id } = await webhookOf(call)
  return json(webhookView(unwrap(await call.service.issuer.store.deleteSubscription(id, call.write))))
}

async function deliveries(call: SignedCall): Promise<Response> {
  const { id, tenant } = await webhookOf(call)
  const { page: asked, filter } = parseListQuery(call.query, DELIVERY_FILTERS)
  const state = stateOf(filter.state)
  const which = { subscriptionId: id, ...(state !== undefined && { state }) }
  return page(await call.service.issuer.store.deliveries(tenant, which, asked), deliveryView)
}

function stateOf(text: string | undefined): DeliveryState | undefined {
  const state = DELIVERY_STATES.find((one) => one === text)
  if (text !== undefined && state === undefined)
    throw invalidMember('?state', `must be ${DELIVERY_STATES.join(' or ')}`)
  return state
}

async function redeliver(call: SignedCall): Promise<Response> {
  const { id } = await webhookOf(call)
  const { event } = parseBody(redeliverySchema, call.body)
  if (event !== undefined && !ID_PATTERN.test(event)) throw new ApiError('not_found')
  return json({ events: unwrap(await call.service.issuer.store.redeliver(id, event, call.write)) })
}

/** Told to a webhook that is paused when it goes on, as anything else. */
async function test(call: SignedCall): Promise<Response> {
  const webhook = await webhookOf(call)
  parseBody(emptySchema, call.body)
  const { issuer } = call.service
  const delivery = testDelivery(issuer, webhook)
  if (!(await issuer.store.addDelivery(webhook.tenant, delivery, issuer.clock())))
    throw new ApiError('not_found')
  return json(delivery.payload)
}

async function keys({ service, request, params }: PublicCall): Promise<Response> {
  const { store, keys } = service.issuer
  const tenant = found(await store.tenant(params.tenant ?? ''))
  const listed = await keys.list(tenant.id, 'webhook')
  const jwks = listed.flatMap(({ id, publicKey }) =>
    publicKey === undefined ? [] : [{ ...encodePublicJwk(publicKey), use: 'sig', alg: 'EdDSA', kid: id }],
  )
  return document(request, { keys: jwks })
}

async function webhookOf({ service, principal, params }: SignedCall): Promise<Subscription> {
  const subscription = found(await service.issuer.store.subscription(principal.tenant, params.id ?? ''))
  return found(subscription.kind === 'webhook' ? subscription : undefined)
}

/** As it is signed: `https://receiver.example/` of `https://receiver.example`. */
function endpointOf({ service }: SignedCall, url: string): string {
  const endpoint = URL.canParse(url) ? new URL(url).href : url
  if (isEndpoint(endpoint, service.deliveryHosts)) return endpoint
  throw invalidMember(
    '/url',
    'must be an https URL, or one of a host that the operator listed (PROCURA_DELIVERY_HOSTS, as host:port), without user or fragment',
  )
}

function settingsOf(description: string | undefined): JsonObject {
  return description === undefined ? {} : { description }
}

function webhookView(subscription: Subscription): object {
  const { id, endpoint, types, settings, state, failures, failingSince, retryAt, createdAt } = subscription
  return {
    id,
    url: endpoint,
    types,
    ...settings,
    state,
    failures,
    ...(failingSince !== undefined && { failingSince: formatDateTime(failingSince) }),
    ...(retryAt > 0 && { retryAt: formatDateTime(retryAt) }),
    createdAt: formatDateTime(createdAt),
  }
}

function deliveryView(delivery: Delivery): object {
  const { payload, state, attempts, dueAt, createdAt, attemptedAt, settledAt, httpStatus, problem } = delivery
  return {
    event: payload,
    state,
    attempts,
    createdAt: formatDateTime(createdAt),
    ...(attemptedAt !== undefined && { attemptedAt: formatDateTime(attemptedAt) }),
    ...(state === 'pending' && { nextAttemptAt: formatDateTime(dueAt) }),
    ...(settledAt !== undefined && { settledAt: formatDateTime(settledAt) }),
    ...(httpStatus !== undefined && { httpStatus }),
    ...(problem !== undefined && { problem }),
  }
}
