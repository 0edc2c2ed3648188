import { readFile } from 'node:fs/promises'
import { systemRandom } from '../../../src/core/clock.ts'
import type { KeyRing } from '../../../src/issuer/key-store.ts'
import type { Store } from '../../../src/issuer/ports.ts'
import type { WrappedKey } from '../../../src/issuer/records.ts'
import type { Did } from '../../../src/model/did.ts'
import { openKeyRing } from '../../../src/server/keys/key-ring.ts'
import { createTenantKeys, type NewTenantKeysOptions } from '../../../src/server/keys/tenant-keys.ts'
import { NOW } from '../store/fixtures.ts'

export const KEK = systemRandom(32)
export const BYTES = new TextEncoder().encode('to be signed')

/** Does what `init` does; `change` stands for what may happen to the keys at rest. */
export async function addTenant(
  store: Store,
  options: Partial<NewTenantKeysOptions> = {},
  change: (keys: readonly WrappedKey[]) => readonly WrappedKey[] = (keys) => keys,
): Promise<readonly WrappedKey[]> {
  const tenant = options.tenant ?? 'acme'
  const { keys, authority, statusIssuer } = await createTenantKeys({
    tenant,
    kek: KEK,
    createdAt: NOW,
    ...options,
  })
  const admin: Did = `did:key:zAdmin-${tenant}`
  const row = { id: tenant, name: tenant, environment: 'production', authority, statusIssuer, createdAt: NOW }
  await store.createTenant(row, admin, change(keys))
  return keys
}

export async function openRing(store: Store, kek = KEK): Promise<KeyRing> {
  return openKeyRing({ store, kek, clock: () => NOW })
}

export async function fileHolds(file: string, bytes: Buffer): Promise<boolean> {
  const files = await Promise.all(['', '-wal'].map((suffix) => readFile(`${file}${suffix}`)))
  return files.some((content) => content.includes(bytes))
}
