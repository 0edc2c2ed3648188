import type { Store } from '../../issuer/ports.ts'
import type { WrappedKey } from '../../issuer/records.ts'

/** Where another process was quicker, the database refuses the second first key, and the first one stands. */
export async function saveFirstKey(store: Pick<Store, 'keys' | 'saveKey'>, key: WrappedKey): Promise<void> {
  try {
    await store.saveKey(key)
  } catch (error) {
    const kept = await store.keys(key.tenant, key.use)
    if (!kept.some(({ state }) => state === 'active')) throw error
  }
}
