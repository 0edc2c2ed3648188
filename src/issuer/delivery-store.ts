import type { JsonObject } from '../core/json.ts'
import type { Page, Paged, WriteContext, Written } from './ports.ts'
import type { Id } from './records.ts'

/** Who is told of events: `webhook`, a URL of one's own program; `stream`, a receiver of Shared Signals. */
export type SubscriptionKind = 'webhook' | 'stream'

/** `paused`: what happens is noted, and told when it goes on. `disabled`: what happens is not noted. */
export type SubscriptionState = 'active' | 'paused' | 'disabled'

/** Somebody who wants to be told of a tenant's events. Times, here and below, are in milliseconds since 1970. */
export interface Subscription {
  readonly tenant: string
  readonly id: Id
  readonly kind: SubscriptionKind
  /** URL where deliveries are sent; without it they wait to be fetched. */
  readonly endpoint?: string
  /** Types of the events that are told. */
  readonly types: readonly string[]
  readonly state: SubscriptionState
  /** What only its kind understands. */
  readonly settings: JsonObject
  /** Entries of the audit trail up to this one are not told. */
  readonly since: number
  /** Attempts that failed one after the other since something was delivered, since when, and when the next one is due. */
  readonly failures: number
  readonly failingSince?: number
  readonly retryAt: number
  readonly createdAt: number
}

/** A subscription to be recorded; it hears of what happens from then on. */
export interface NewSubscription
  extends Omit<Subscription, 'state' | 'since' | 'failures' | 'failingSince' | 'retryAt' | 'createdAt'> {
  /** Most of its kind in the tenant. */
  readonly limit: number
  /** Most of its kind that have the same setting of this name. */
  readonly share?: { readonly setting: string; readonly limit: number }
}

/** What is changed of a subscription; what is absent stays. */
export interface SubscriptionChange
  extends Partial<Pick<Subscription, 'endpoint' | 'types' | 'state' | 'settings'>> {
  /** The settings that the new ones were made of. */
  readonly heldSettings?: JsonObject
}

/** `failed`: given up, until somebody has it delivered again. */
export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const
/** One of {@link DELIVERY_STATES}. */
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** One event that one subscription is to be told of. There is never a second one with the same two names. */
export interface NewDelivery {
  readonly subscriptionId: Id
  readonly eventId: string
  readonly type: string
  /** Whom it is about: deliveries of one subscription with one subject are made in their order. */
  readonly subject: string
  /** What is told; the same however often it is. */
  readonly payload: JsonObject
}

export interface Delivery extends NewDelivery {
  readonly state: DeliveryState
  readonly attempts: number
  /** When the next attempt is due; of one that is pending. */
  readonly dueAt: number
  /** When it is given up; of one that is pending. */
  readonly giveUpAt: number
  readonly createdAt: number
  readonly attemptedAt?: number
  /** What the last attempt was answered, or why it was not. */
  readonly httpStatus?: number
  readonly problem?: string
  readonly settledAt?: number
}

/** Which deliveries are asked for of those that are due. */
export interface DueQuery {
  readonly at: number
  readonly limit: number
  /** Of events of this type alone. */
  readonly type?: string
}

/** How an attempt ended, or that a receiver took what it fetched. */
export interface DeliveryOutcome {
  readonly eventId: string
  readonly isDelivered: boolean
  readonly httpStatus?: number
  readonly problem?: string
  /** When to try again: this delivery, and anything else to the same place. Absent where it is delivered or given up. */
  readonly retryAt?: number
  readonly endpointRetryAt?: number
}

/** Up to which entry of the trail events were noted, and which subscriptions there are. */
export interface Subscribed {
  /** Absent while there is no subscription. */
  readonly position?: number
  readonly subscriptions: readonly Subscription[]
}

/** How long it is tried to deliver something, in milliseconds: three days. */
export const DELIVERY_PATIENCE_MS: number = 3 * 86_400_000

/**
 * Nothing is put off for so long, in milliseconds: twice the longest pause. What seems to be, was put off by a clock that was ahead, and is
 * due.
 */
export const NEVER_PUT_OFF_MS: number = 2 * 3_600_000

/** How long it can be seen what was delivered, or given up, in milliseconds: thirty days. */
export const DELIVERIES_KEPT_MS: number = 30 * 86_400_000

/** Events on their way to whoever subscribed; the part of `Store` that delivering works with. */
export interface DeliveryStore {
  /** Tenants with entries of the trail that nobody has looked at for events, with deliveries that are due, or to be given up. */
  tenantsWithDeliveries(at: number): Promise<readonly string[]>
  subscribed(tenant: string): Promise<Subscribed>
  subscription(tenant: string, id: Id): Promise<Subscription | undefined>
  /** Refused with `quota_exceeded` when there are as many of its kind. */
  createSubscription(input: NewSubscription, context: WriteContext): Promise<Written<Subscription>>
  /**
   * A subscription that becomes active, or gets another endpoint, is tried at once. Refused with `changed_meanwhile` when it has other
   * settings by now than `heldSettings`.
   */
  changeSubscription(
    id: Id,
    change: SubscriptionChange,
    context: WriteContext,
  ): Promise<Written<Subscription>>
  /** Forgets it with all its deliveries. */
  deleteSubscription(id: Id, context: WriteContext): Promise<Written<Subscription>>

  /**
   * Notes the events of the entries after `from` up to `until`. Refused (false), and nothing is noted, unless the trail was looked
   * through up to `from` exactly: so each entry is looked at once, whoever does it and whatever interrupts.
   */
  noteEvents(
    tenant: string,
    step: { readonly from: number; readonly until: number; readonly deliveries: readonly NewDelivery[] },
    at: number,
  ): Promise<boolean>
  /** Notes one that is no entry of the trail, for one subscription. False when there is no such subscription, or it is there. */
  addDelivery(tenant: string, delivery: NewDelivery, at: number): Promise<boolean>
  /** Those whose attempt is due, oldest first, also by {@link NEVER_PUT_OFF_MS}; what comes after one of its subject that is not due is not due either. */
  dueDeliveries(tenant: string, subscriptionId: Id, asked: DueQuery): Promise<readonly Delivery[]>
  /** Records how attempts ended. What is not pending any more is left as it is. @returns How many were recorded. */
  settleDeliveries(
    tenant: string,
    subscriptionId: Id,
    outcomes: readonly DeliveryOutcome[],
    at: number,
  ): Promise<number>
  /** Gives up what was tried, or not fetched, for {@link DELIVERY_PATIENCE_MS}. @returns Of which subscriptions, how many. */
  giveUpDeliveries(tenant: string, at: number): Promise<ReadonlyMap<Id, number>>
  /** Newest first; the cursor is the id of the last event. */
  deliveries(
    tenant: string,
    filter: { readonly subscriptionId: Id; readonly state?: DeliveryState },
    page: Page,
  ): Promise<Paged<Delivery>>
  /**
   * Has one delivery made again, or without `eventId` all that were given up, as if it were the first time; what is due of the
   * subscription is tried at once. @returns How many.
   */
  redeliver(subscriptionId: Id, eventId: string | undefined, context: WriteContext): Promise<Written<number>>
}
