/** How old the status of a link may be, by what the action can do (docs/spec/05-status.md "Freshness"). */
export type FreshnessTier = 'routine' | 'sensitive' | 'critical'

/** Oldest acceptable status of each tier, in seconds. */
export const FRESHNESS_SECONDS: Readonly<Record<FreshnessTier, number>> = {
  routine: 3600,
  sensitive: 300,
  critical: 30,
}

/** How often the service signs a head even when nothing changed, in seconds. */
export const DEFAULT_HEARTBEAT_SECONDS = 10

/** How long a cache may keep a head, in seconds: the `max-age` it is served with. */
export const HEAD_CACHE_SECONDS = 1

/** A head that is older than so many heartbeats, and the age of caches, is not of now: another place may show a newer one. */
export const CURRENT_HEARTBEATS = 2

/** After so many heartbeats without a newer head, whoever signs or shows them is in trouble. */
export const LATE_HEARTBEATS = 3

/** Longest pause between two polls of a head, in seconds, however lax the policy. */
export const MAX_POLL_SECONDS = 30

/**
 * The smallest freshness that can be demanded without refusing everything from time to time: a head may be one
 * heartbeat old when it is cached, one cache age old when it is fetched, one poll old when it is read.
 *
 * @returns Seconds. A policy below it is a configuration error, never a reason to refuse a credential.
 */
export function smallestEnforceableFreshness(times: {
  readonly heartbeatSeconds: number
  readonly cacheAgeSeconds: number
  readonly pollSeconds: number
}): number {
  return times.heartbeatSeconds + times.cacheAgeSeconds + times.pollSeconds
}

/**
 * How often to poll the head: half the smallest freshness in use, at most {@link MAX_POLL_SECONDS}.
 *
 * @param freshnessSeconds Every freshness that the policy uses, in seconds. None: the longest pause.
 */
export function pollSeconds(freshnessSeconds: readonly number[]): number {
  return Math.min(MAX_POLL_SECONDS, ...freshnessSeconds.map((seconds) => seconds / 2))
}

/**
 * Age of a status, rounded up so that it is never understated, and 0 when `asOf` is ahead of the clock by skew.
 *
 * @param asOf Milliseconds since 1970. @param now The same.
 * @returns Whole seconds; NaN for NaN.
 */
export function ageSeconds(asOf: number, now: number): number {
  return Math.max(0, Math.ceil((now - asOf) / 1000))
}

/** True when a status is at most `maxAgeSeconds` old. Zero means zero; a time that is no number is never fresh. */
export function isFresh(asOf: number, now: number, maxAgeSeconds: number): boolean {
  return now - asOf <= maxAgeSeconds * 1000
}

export function isFreshnessTier(tier: unknown): tier is FreshnessTier {
  return typeof tier === 'string' && Object.hasOwn(FRESHNESS_SECONDS, tier)
}
