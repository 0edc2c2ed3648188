import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject } from '../../core/json.ts'
import { LruMap } from '../../core/lru-map.ts'
import type { Delivery, DeliveryOutcome } from '../../issuer/delivery-store.ts'
import type { SetSigner } from '../../issuer/key-store.ts'
import { MAX_SETS_PER_POLL, type PollBody, pollSchema } from '../contract/stream-bodies.ts'
import { json } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { ID_PATTERN } from '../http/route.ts'
import { MAX_KEPT_SETS, MAX_POLL_WAIT_MS, MAX_WAITING_POLLS, POLL_LOOK_MS } from '../limits.ts'
import { STREAM_UPDATED } from './event-types.ts'
import { signalsIssuer } from './issuer-of.ts'
import { malformed, ownStream, parseSsf } from './own-stream.ts'
import { signSet } from './sign-set.ts'
import { claimsOf, type Stream } from './stream.ts'

/** Of the codes of RFC 8935 §2.4 and what receivers add, this much is kept. */
const ERROR_CODE = /^[A-Za-z0-9_.-]{1,64}$/

/** Tokens that are asked for again, by key and event: signing is dear, and the same claims make the same token. */
const signed = new LruMap<string, Promise<string>>({ maxWeight: MAX_KEPT_SETS })

/** Polls that wait in this process. */
let waiting = 0

/**
 * RFC 8936 §2: takes acknowledgements and answers what is next. A token is answered again until it is acknowledged, or is given up like
 * a push would be; what is of one subject stands in its order.
 */
export async function pollStream(call: SignedCall): Promise<Response> {
  const body = parseSsf(pollSchema, call.body)
  const stream = await ownStream(call, call.params.id ?? '')
  if (stream.subscription.endpoint !== undefined) throw malformed('the stream is pushed, not polled')
  await settle(call, stream, body)
  const wanted = Math.min(body.maxEvents ?? MAX_SETS_PER_POLL, MAX_SETS_PER_POLL)
  const due = wanted === 0 ? [] : await nextDeliveries(call, stream, { ...body, maxEvents: wanted })
  const sets = await signAll(call, stream, due.slice(0, wanted))
  return json({ sets, ...(due.length > wanted && { moreAvailable: true }) })
}

async function settle({ service, principal }: SignedCall, { id }: Stream, body: PollBody): Promise<void> {
  const { ack = [], setErrs = {} } = body
  const outcomes: readonly DeliveryOutcome[] = [
    ...ack.map((eventId) => ({ eventId, isDelivered: true })),
    ...Object.entries(setErrs).map(([eventId, { err }]) => ({
      eventId,
      isDelivered: false,
      problem: ERROR_CODE.test(err) ? err : 'refused',
    })),
  ]
  // What is no id was never answered, and a database need not take such texts.
  const known = outcomes.filter(({ eventId }) => ID_PATTERN.test(eventId))
  if (known.length === 0) return
  const { store, clock } = service.issuer
  await store.settleDeliveries(principal.tenant, id, known, clock())
}

/** One more than is wanted, to know whether there is. Waits a while for the first one, unless the receiver does not want to. */
async function nextDeliveries(
  call: SignedCall,
  stream: Stream,
  { maxEvents = MAX_SETS_PER_POLL, returnImmediately = false }: PollBody,
): Promise<readonly Delivery[]> {
  const look = () => dueNow(call, stream, maxEvents + 1)
  const due = await look()
  return due.length > 0 || returnImmediately || waiting >= MAX_WAITING_POLLS ? due : await waitForFirst(look)
}

async function waitForFirst(look: () => Promise<readonly Delivery[]>): Promise<readonly Delivery[]> {
  const until = performance.now() + MAX_POLL_WAIT_MS
  waiting++
  try {
    for (;;) {
      await sleep(POLL_LOOK_MS)
      const due = await look()
      if (due.length > 0 || performance.now() >= until) return due
    }
  } finally {
    waiting--
  }
}

/** While a stream is held, nothing is answered but that it is. */
async function dueNow(
  { service, principal }: SignedCall,
  { id }: Stream,
  limit: number,
): Promise<readonly Delivery[]> {
  const { store, clock } = service.issuer
  const subscription = await store.subscription(principal.tenant, id)
  const type = subscription?.state === 'active' ? undefined : STREAM_UPDATED
  return await store.dueDeliveries(principal.tenant, id, { at: clock(), limit, ...(type && { type }) })
}

async function signAll(
  { service, principal }: SignedCall,
  stream: Stream,
  deliveries: readonly Delivery[],
): Promise<Readonly<Record<string, string>>> {
  if (deliveries.length === 0) return {}
  const { store, keys, origin } = service.issuer
  const issuer = signalsIssuer(origin, await store.tenants(), principal.tenant)
  const signer = await keys.securityEvents(principal.tenant)
  const sets = deliveries.map(async (delivery) => {
    const token = await signOnce(claimsOf(stream, delivery, issuer), delivery.eventId, signer)
    return [delivery.eventId, token] as const
  })
  return Object.fromEntries(await Promise.all(sets))
}

/** Also for polls at the same time. */
function signOnce(claims: JsonObject, eventId: string, signer: SetSigner): Promise<string> {
  const name = `${signer.publicJwk.kid} ${eventId}`
  const known = signed.get(name)
  if (known !== undefined) return known
  const token = signSet(claims, signer)
  signed.set(name, token)
  token.catch(() => signed.delete(name))
  return token
}
