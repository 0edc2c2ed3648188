import type { Store } from '../issuer/ports.ts'
import { raiseAlarm } from './alarms.ts'
import type { Logger } from './logger.ts'

/** Warns of every administrator that was made on the host since the last look: nobody else hears of it unasked. */
export async function tellRecoveries(
  store: Pick<Store, 'recoveries' | 'tellRecovery'>,
  log: Logger,
): Promise<void> {
  for (const recovery of await store.recoveries()) {
    raiseAlarm(log, 'admin_recovered', recovery)
    await store.tellRecovery(recovery)
  }
}
