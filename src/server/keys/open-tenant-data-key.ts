import type { WrappedKey } from '../../issuer/records.ts'
import { type KeyEncryptionKeys, kekNameOf, openDataKey, wrappedUnder } from './envelope.ts'
import { invalidKeys } from './invalid-keys.ts'

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY`, and says which key-encryption key is wanted. */
export function openTenantDataKey(key: WrappedKey, keks: KeyEncryptionKeys): Uint8Array {
  const dataKey = openDataKey(key, keks)
  if (dataKey !== undefined) return dataKey
  const [under = 'unnamed', given] = [wrappedUnder(key), kekNameOf(keks.kek)]
  throw invalidKeys(
    key.tenant,
    `the key-encryption key is not the one that its keys were wrapped with (theirs is ${under}, this is ${given}). While it is changed, set PROCURA_KEK_FILE to the new file, and PROCURA_KEK_PREVIOUS_FILE to the one before, on every host`,
    'Else restore',
  )
}
