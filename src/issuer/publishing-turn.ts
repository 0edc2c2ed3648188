import type { Issuer } from './issuer.ts'
import type { Tenant } from './records.ts'

/** Whether another process publishes the status of a tenant at present, and does what else one of several processes should do. */
export async function isAnothersTurn({ store, clock, instance }: Issuer, { id }: Tenant): Promise<boolean> {
  const turn = await store.publisher(id)
  return turn !== undefined && turn.holder !== instance && clock() < turn.until
}
