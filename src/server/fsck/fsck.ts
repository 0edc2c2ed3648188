import { createDidResolver, type DidResolver } from '../../did/resolve-did.ts'
import { ProcuraError } from '../../errors.ts'
import type { KeyUse, Tenant } from '../../issuer/records.ts'
import type { Did } from '../../model/did.ts'
import type { DataFiles } from '../data-directory.ts'
import { ownDidMethod } from '../did-document.ts'
import { loadKeyEncryptionKeys } from '../keys/key-encryption-key.ts'
import { openKeyRing } from '../keys/key-ring.ts'
import type { Connection } from '../store/sql/database.ts'
import { faultOf } from '../store/sql/fault.ts'
import { readKeys } from '../store/sql/keys.ts'
import { readOrigin, readTenant, readTenants } from '../store/sql/reads.ts'
import { checkAudit } from './check-audit.ts'
import { checkBits, readPositions } from './check-positions.ts'
import { checkPublished } from './check-published.ts'
import { checkFile, checkOrphans } from './check-registry.ts'
import { Findings, type FsckFinding } from './finding.ts'
import { openSnapshot, type Snapshot } from './snapshot.ts'

export interface FsckOptions {
  readonly files: DataFiles
  /** `postgres://…`; absent: the file in the data directory. */
  readonly database?: string
  /** Where `PROCURA_KEK` and `PROCURA_KEK_FILE`, and while the key is changed those of the one before, are looked for. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Whether what is published is passed over where the keys of a `did:web` would be needed to verify it. Default false. */
  readonly withoutKeys?: boolean
  /** Told what is looked at next. */
  readonly onProgress?: (what: string) => void
}

export interface FsckReport {
  readonly tenants: readonly string[]
  /** The first thousand. */
  readonly findings: readonly FsckFinding[]
  /** All of them. */
  readonly count: number
}

/**
 * Recomputes from rows what must follow from them, and compares: indexes, bits, states, the audit trail, and what is published
 * with its signatures (INV1, INV3, INV5–INV7). Everything is of one moment; the service may run meanwhile. Writes nothing.
 *
 * Reads a page at a time: memory grows with the number of lists (48 KiB each), not with that of credentials.
 *
 * @throws {ProcuraError} `ERR_PROCURA_STORAGE` when the database cannot be read, `ERR_PROCURA_INVALID_KEY` when the keys of a
 * `did:web` status issuer are needed and do not open.
 */
export async function fsck(options: FsckOptions): Promise<FsckReport> {
  const snapshot = await openSnapshot(options.files, options.database)
  try {
    return await checkAll(snapshot, options)
  } catch (cause) {
    if (cause instanceof ProcuraError) throw cause
    const { message } = faultOf(cause)
    throw new ProcuraError(
      'ERR_PROCURA_STORAGE',
      `the database cannot be read (${message}); if there is no registry yet, run "procura init"; if this program is newer than the service, start the service once, which brings the data forward`,
      { cause },
    )
  } finally {
    await snapshot.close()
  }
}

async function checkAll(snapshot: Snapshot, options: FsckOptions): Promise<FsckReport> {
  const { db } = snapshot
  const { onProgress = () => undefined } = options
  const findings = new Findings()
  onProgress('the database')
  await checkFile(snapshot, findings)
  const origin = (await readOrigin(db)) ?? ''
  const tenants = await readTenants(db)
  const resolver = await resolverFor(db, tenants, origin, options)
  for (const tenant of tenants) {
    const { id } = tenant
    onProgress(`${id}: indexes`)
    const positions = await readPositions(db, id, findings)
    onProgress(`${id}: audit trail`)
    const isTold = await checkAudit(db, id, positions.revoked, findings)
    onProgress(`${id}: status bits`)
    await checkBits(db, id, { ...positions, isTold }, findings)
    await checkOrphans(db, id, findings)
    if (options.withoutKeys === true && !isOwnDocument(tenant)) continue
    onProgress(`${id}: published status`)
    await checkPublished(db, { tenant, origin, resolver }, findings)
  }
  return { tenants: tenants.map(({ id }) => id), findings: findings.items, count: findings.count }
}

function isOwnDocument({ statusIssuer }: Tenant): boolean {
  return statusIssuer.startsWith('did:key:')
}

/** A `did:key` is its own document; the keys of a `did:web` are in the database, under the key-encryption key. */
async function resolverFor(
  db: Connection,
  tenants: readonly Tenant[],
  origin: string,
  { files, env = {}, withoutKeys = false }: FsckOptions,
): Promise<DidResolver> {
  if (withoutKeys || tenants.every(isOwnDocument)) return createDidResolver()
  const keks = await loadKeyEncryptionKeys({ file: files.keyEncryptionKey, env })
  const store = {
    tenants: () => readTenants(db),
    tenant: (id: string) => readTenant(db, id),
    keys: (tenant: string, use: KeyUse, did?: Did) => readKeys(db, tenant, use, did),
    saveKey: async () => undefined,
    unlock: async () => undefined,
  }
  const keys = await openKeyRing({ store, ...keks })
  return createDidResolver({ methods: { web: ownDidMethod({ store, keys, origin }) } })
}
