import type { Request, RequestHandler, Response } from 'express'
import { ipKeyGenerator } from 'express-rate-limit'
import type { Clock } from '../../core/clock.ts'
import { LruMap } from '../../core/lru-map.ts'

/** All failures are forgotten together after this time, in milliseconds. */
const WINDOW_MS = 60_000

/** Most addresses whose failures are remembered. */
const MAX_ADDRESSES = 100_000

/**
 * Refuses an address that was answered with 401 too often within a minute. Only answers count: calls under way take
 * nobody's turn, so those who prove who they are may be many, and a stranger who dawdles keeps nobody out.
 *
 * @param limit Answers of 401 that one address may get within a minute.
 * @param refuse Is told after how many milliseconds the address may try again.
 */
export function limitFailures(
  limit: number,
  clock: Clock,
  refuse: (res: Response, waitMs: number) => void,
): RequestHandler {
  const failures = new LruMap<string, number>({ maxWeight: MAX_ADDRESSES })
  let since = Number.NEGATIVE_INFINITY
  return (req, res, next) => {
    const now = clock()
    if (now < since || now >= since + WINDOW_MS) {
      failures.clear()
      since = now
    }
    const address = addressOf(req)
    if ((failures.get(address) ?? 0) >= limit) return refuse(res, since + WINDOW_MS - now)
    res.once('finish', () => {
      if (res.statusCode === 401) failures.set(address, (failures.get(address) ?? 0) + 1)
    })
    next()
  }
}

/** One holder of an IPv6 network has very many addresses, which count as one. */
function addressOf({ ip = '' }: Request): string {
  return ipKeyGenerator(ip)
}
