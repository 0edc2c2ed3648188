import type { Issuer } from '../issuer/issuer.ts'
import type { Logger } from './logger.ts'

/** How often old rows are deleted, in milliseconds: often and little, so that no write waits long. */
const HOUSEKEEPING_MS = 30_000

/**
 * How long superseded lists, used nonces and idempotency keys are kept, in milliseconds: far beyond the clock skew and
 * the retries of any client, and the patience of any cache for a list that a head named.
 */
const KEEP_MS = 3_600_000

/** Deletes what nobody can ask for any more. @returns Stops it. */
export function startHousekeeping({ store, clock }: Issuer, log: Logger): () => void {
  const timer = setInterval(() => {
    store.prune(clock() - KEEP_MS).catch((err: unknown) => log.warn({ err }, 'old rows were not deleted'))
  }, HOUSEKEEPING_MS)
  return () => clearInterval(timer)
}
