import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'
import { ProcuraError } from '../../errors.ts'
import type { Delivery, Subscription } from '../../issuer/delivery-store.ts'
import type { PrincipalId } from '../../issuer/principal-id.ts'
import type { Id } from '../../issuer/records.ts'
import { SUPPORTED_EVENTS } from './event-types.ts'
import type { Subject } from './subject.ts'

/** RFC 8935 and RFC 8936, as SSF names them. */
export const PUSH = 'urn:ietf:rfc:8935'
export const POLL = 'urn:ietf:rfc:8936'

/** Whoever may read all that is done in the tenant may be told of it. */
export const RECEIVERS = ['admin', 'auditor'] as const

/** What the settings of a subscription hold that is a stream. */
export interface StreamSettings {
  /** The principal whose stream it is; nobody else knows of it. */
  readonly receiver: PrincipalId
  /** What `aud` of its tokens is; never changes. */
  readonly audience: string
  /** As the receiver asked; absent: whatever there is. */
  readonly requested?: readonly string[]
  readonly description?: string
  /** What is sent along with a push, under the tenant's data-encryption key. */
  readonly authorization?: string
  /** Whether an operator stopped it: the receiver cannot make it go on. */
  readonly isHeld?: true
  /** Why it has the status that it has. */
  readonly reason?: string
  /** Of whom it does not want to hear. */
  readonly removed: readonly Subject[]
}

export interface Stream extends StreamSettings {
  readonly subscription: Subscription
  readonly id: Id
}

/** @returns `undefined` for a subscription of another kind. */
export function streamOf(subscription: Subscription): Stream | undefined {
  const { kind, id, settings } = subscription
  if (kind !== 'stream') return undefined
  const requested = textsOf(member(settings, 'requested'))
  const removed = member(settings, 'removed')
  return {
    subscription,
    id,
    receiver: (textOf(member(settings, 'receiver')) ?? '') as PrincipalId,
    audience: textOf(member(settings, 'audience')) ?? '',
    ...optional('requested', requested),
    ...optional('description', textOf(member(settings, 'description'))),
    ...optional('authorization', textOf(member(settings, 'authorization'))),
    ...optional('isHeld', member(settings, 'isHeld') === true || undefined),
    ...optional('reason', textOf(member(settings, 'reason'))),
    removed: isJsonArray(removed) ? removed.filter(isJsonObject) : [],
  }
}

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a subscription of another kind. */
export function knownStream(subscription: Subscription): Stream {
  const stream = streamOf(subscription)
  if (stream !== undefined) return stream
  throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'the subscription is no stream')
}

export function settingsOf({ subscription: _, id: __, ...settings }: Stream): StreamSettings & JsonObject {
  return settings as StreamSettings & JsonObject
}

/** What of the events asked for there is. */
export function deliveredEvents(requested: readonly string[] | undefined): readonly string[] {
  return SUPPORTED_EVENTS.filter((type) => requested?.includes(type) ?? true)
}

/** The claims of a token; the same however often it is sent. @param issuer Of the tenant. */
export function claimsOf(
  { audience }: Stream,
  { eventId, createdAt, payload }: Delivery,
  issuer: string,
): JsonObject {
  return { iss: issuer, jti: eventId, iat: Math.floor(createdAt / 1000), aud: audience, ...payload }
}

function textOf(json: Json | undefined): string | undefined {
  return typeof json === 'string' ? json : undefined
}

function textsOf(json: Json | undefined): readonly string[] | undefined {
  return isJsonArray(json) ? json.filter((one): one is string => typeof one === 'string') : undefined
}

function optional<N extends string, V>(name: N, value: V | undefined): { readonly [K in N]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [K in N]?: V }
}
