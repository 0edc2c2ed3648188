import type { Store } from '../issuer/ports.ts'
import { raiseAlarm } from './alarms.ts'
import type { Logger } from './logger.ts'

/**
 * One line when the database is away, and one when it is back.
 *
 * @returns Ends it.
 */
export function tellOutages(store: Pick<Store, 'onAway'>, log: Logger): () => void {
  let since = performance.now()
  return store.onAway((isAway) => {
    if (isAway) {
      since = performance.now()
      raiseAlarm(log, 'database_away')
      return
    }
    const seconds = Math.round((performance.now() - since) / 1000)
    log.warn({ code: 'database_away', seconds }, 'over: the database can be reached again')
  })
}
