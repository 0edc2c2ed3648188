import { ProcuraError } from '../../errors.ts'
import type { KeyUse } from '../../issuer/records.ts'

/** What stops the service from working with the keys of a tenant, and what to restore. */
export function invalidKeys(tenant: string, reason: string, restore = 'Restore'): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_INVALID_KEY',
    `the keys of tenant "${tenant}" cannot be used: ${reason}. ${restore} the key-encryption key and the data of one backup`,
  )
}

export function rejectMissingKey(tenant: string, use: KeyUse): never {
  throw invalidKeys(tenant, `its ${use} key is missing`)
}
