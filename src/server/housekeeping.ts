import { withEach } from '../core/in-turns.ts'
import type { Issuer } from '../issuer/issuer.ts'
import { rotateDueOwnerKeys } from '../issuer/rotate-party-key.ts'
import { advanceKeys } from '../issuer/rotate-service-key.ts'
import { serviceContext } from '../issuer/service-context.ts'
import { StandingAlarm } from './alarms.ts'
import type { ClockJump } from './clock-watch.ts'
import type { Logger } from './logger.ts'
import { tellRecoveries } from './tell-recoveries.ts'

/** How often old rows are deleted, in milliseconds: often and little, so that no write waits long. */
const HOUSEKEEPING_MS = 30_000

/**
 * How long superseded lists, used nonces and idempotency keys are kept, in milliseconds: far beyond the clock skew and
 * the retries of any client, and the patience of any cache for a list that a head named.
 */
const KEEP_MS = 3_600_000

/** How often it is looked for whose grace has ended, in milliseconds: that much longer an old key may be presented. */
const DUE_MS = 1_000

/**
 * Ends what is due, deletes what nobody can ask for any more, and tells what was done on the host. Nothing that depends on what time it
 * is while the clock is not believed: none of it could be undone.
 *
 * @param clockJump Default: the clock is believed.
 * @returns Stops it.
 */
export function startHousekeeping(
  issuer: Issuer,
  log: Logger,
  clockJump: () => ClockJump | undefined = () => undefined,
): () => void {
  const { store, clock } = issuer
  const tell = () => tellRecoveries(store, log)
  const fails = (message: string) => (err: unknown) => {
    if (!store.isAway()) log.warn({ err }, message)
  }
  const untold = fails('recoveries of administrators could not be told')
  tell().catch(untold)
  const timely = (work: () => Promise<void>) => async () => {
    if (clockJump() === undefined) await work()
  }
  const prune = timely(() => store.prune(clock() - KEEP_MS))
  const keysNotRotated = new StandingAlarm(log, 'keys_not_rotated', store)
  const endsNotDone = new StandingAlarm(log, 'ends_not_done', store)
  const rotate = watched(keysNotRotated, () => stepKeys(issuer, log))
  const ownerKeysNotRotated = new StandingAlarm(log, 'owner_keys_not_rotated', store)
  const rotateOwners = watched(ownerKeysNotRotated, () => rotateOwnerKeys(issuer, log))
  const end = watched(endsNotDone, () => endDue(issuer))
  const timers = [
    every(HOUSEKEEPING_MS, tell, untold),
    every(HOUSEKEEPING_MS, prune, fails('old rows were not deleted')),
    every(HOUSEKEEPING_MS, timely(rotate)),
    every(HOUSEKEEPING_MS, timely(rotateOwners)),
    every(DUE_MS, timely(end)),
  ]
  void rotate()
  void rotateOwners()
  return () => timers.forEach(clearInterval)
}

/** One run at a time: the next one waits for its turn of the clock. */
function every(
  ms: number,
  work: () => Promise<void>,
  onFailure: (err: unknown) => void = () => undefined,
): NodeJS.Timeout {
  let running = false
  return setInterval(() => {
    if (running) return
    running = true
    work()
      .catch(onFailure)
      .finally(() => {
        running = false
      })
  }, ms)
}

/** Never rejects. */
function watched(alarm: StandingAlarm, work: () => Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await work()
      alarm.clear()
    } catch (err) {
      alarm.raise({ err })
    }
  }
}

async function endDue(issuer: Issuer): Promise<void> {
  const { store, clock } = issuer
  await withEach(await store.tenants(), async (tenant) => {
    while (await store.hasDueEnds(tenant.id, clock())) await store.endDue(serviceContext(issuer, tenant))
  })
}

/** Takes the steps of the service's own keys whose time has come; the first time at once, for the service may have been down. */
async function stepKeys(issuer: Issuer, log: Logger): Promise<void> {
  await advanceKeys(issuer, ({ tenant, use, id, state }) => {
    log.info({ tenant, use, key: id, state }, 'a key of the service was rotated by schedule')
  })
}

/** Replaces keys of owners that have come of age, a few at a time; the first time at once, as above. */
async function rotateOwnerKeys(issuer: Issuer, log: Logger): Promise<void> {
  await rotateDueOwnerKeys(issuer, ({ tenant, id, did }) => {
    log.info({ tenant, owner: id, did }, 'the key of an owner was rotated by schedule')
  })
}
