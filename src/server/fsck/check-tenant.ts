import { ProcuraError } from '../../errors.ts'
import type { KeyRing } from '../../issuer/key-store.ts'
import type { Tenant } from '../../issuer/records.ts'
import type { KeyEncryptionKeys } from '../keys/envelope.ts'
import { type KeyRingOptions, openKeyRing } from '../keys/key-ring.ts'
import type { Connection } from '../store/sql/database.ts'
import { readKeys } from '../store/sql/keys.ts'
import { readTenant } from '../store/sql/reads.ts'
import { integer } from '../store/sql/row.ts'
import type { Findings } from './finding.ts'

/** What is made with every tenant and never ends. Who copies the rest of the rows only, past the fences, makes a tenant without. */
const PARTS = [
  { part: 'the first entry of its audit trail', from: 'audit WHERE tenant_id = ? AND seq = 1' },
  { part: 'an administrator', from: "identities WHERE tenant_id = ? AND role = 'admin' AND ended = 0" },
  { part: 'a status list for owners', from: "lists WHERE tenant_id = ? AND kind = 'owner'" },
  { part: 'a status list for agents', from: "lists WHERE tenant_id = ? AND kind = 'agent'" },
  {
    part: 'its data-encryption key',
    from: "keys WHERE tenant_id = ? AND use = 'data-encryption' AND state = 'active'",
  },
  {
    part: 'a key of its authority',
    from: "keys WHERE tenant_id = ? AND use = 'authority' AND state = 'active'",
  },
  {
    part: 'a key of its status issuer',
    from: "keys WHERE tenant_id = ? AND use = 'status' AND state = 'active'",
  },
  {
    part: 'a key of its audit trail',
    from: "keys WHERE tenant_id = ? AND use = 'audit' AND state = 'active'",
  },
] as const

/** @returns Whether the tenant has what every tenant has. */
export async function checkParts(db: Connection, tenant: string, findings: Findings): Promise<boolean> {
  const missing: string[] = []
  for (const { part, from } of PARTS) {
    if ((await db.get(`SELECT 1 FROM ${from} LIMIT 1`, tenant)) === undefined) missing.push(part)
  }
  if (missing.length === 0) return true
  const detail = `it has not ${missing.join(', ')}`
  findings.add({ code: 'tenant_incomplete', tenant, subject: 'what every tenant has', detail })
  return false
}

/** Opens every key of the service that a tenant has, as the service does when it starts; `undefined` when they do not open. */
export async function openKeys(
  db: Connection,
  tenant: Tenant,
  keks: KeyEncryptionKeys,
  findings: Findings,
): Promise<KeyRing | undefined> {
  const store: KeyRingOptions['store'] = {
    tenants: async () => [tenant],
    tenant: (id) => readTenant(db, id),
    keys: (id, use, did) => readKeys(db, id, use, did),
    saveKey: async () => undefined,
    unlock: async () => undefined,
  }
  try {
    return await openKeyRing({ store, ...keks })
  } catch (error) {
    if (!(error instanceof ProcuraError) || error.code !== 'ERR_PROCURA_INVALID_KEY') throw error
    findings.add({ code: 'keys_closed', tenant: tenant.id, subject: 'its keys', detail: error.message })
    return undefined
  }
}

/** How much there is. */
export interface Counts {
  readonly credentials: number
  readonly runs: number
  readonly auditEntries: number
}

export async function countRows(db: Connection, tenant: string): Promise<Counts> {
  const count = async (table: 'credentials' | 'runs' | 'audit') =>
    integer((await db.get(`SELECT count(*) AS n FROM ${table} WHERE tenant_id = ?`, tenant)) ?? {}, 'n')
  return {
    credentials: await count('credentials'),
    runs: await count('runs'),
    auditEntries: await count('audit'),
  }
}
