import { ProcuraError } from '../../../errors.ts'
import { openPostgresConnection } from './open-postgres-store.ts'

/** Any number that other programs do not lock, nor a migration. */
const SET_UP_LOCK = 0x50524353

/**
 * Lets one process at a time set up a database, or restore into it: two that each believed to be the first would make a key-encryption key each, and no
 * service could open the keys of both. Held by an open transaction, so that it ends with the process, also behind a pooler.
 *
 * @returns Gives the lock back.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` while another process has it; `ERR_PROCURA_STORAGE`
 */
export async function takeSetUpLock(url: string): Promise<() => Promise<void>> {
  const { db, close } = await openPostgresConnection(url)
  const giveBack = async () => {
    await db.rollback()
    await close()
  }
  try {
    await db.begin('read')
    await db.get("SELECT set_config('idle_in_transaction_session_timeout', '0', true)")
    const lock = await db.get(`SELECT pg_try_advisory_xact_lock(${SET_UP_LOCK}) AS is_free`)
    if (lock?.is_free === 1) return giveBack
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_CONFIGURATION',
      'another "procura init" or "procura restore" works on this database: run it again when that one has ended, with the same key-encryption key',
    )
  } catch (error) {
    await giveBack()
    throw error
  }
}
