import { existsSync } from 'node:fs'
import { createDidResolver, type DidResolver } from '../../did/resolve-did.ts'
import { ProcuraError } from '../../errors.ts'
import type { KeyRing } from '../../issuer/key-store.ts'
import type { Tenant } from '../../issuer/records.ts'
import type { DataFiles } from '../data-directory.ts'
import { ownDidMethod } from '../did-document.ts'
import type { KeyEncryptionKeys } from '../keys/envelope.ts'
import { loadKeyEncryptionKeys } from '../keys/key-encryption-key.ts'
import type { Connection } from '../store/sql/database.ts'
import { faultOf } from '../store/sql/fault.ts'
import { readOrigin, readTenants } from '../store/sql/reads.ts'
import { checkAudit } from './check-audit.ts'
import { checkBits, readPositions } from './check-positions.ts'
import { checkPublished } from './check-published.ts'
import { checkFile, checkOrphans, checkSchema } from './check-registry.ts'
import { type Counts, checkParts, countRows, openKeys } from './check-tenant.ts'
import { Findings, type FsckFinding } from './finding.ts'
import { openSnapshot, type Snapshot } from './snapshot.ts'

export interface FsckOptions {
  readonly files: DataFiles
  /** `postgres://…`; absent: the file in the data directory. */
  readonly database?: string
  /** Where `PROCURA_KEK` and `PROCURA_KEK_FILE`, and while the key is changed those of the one before, are looked for. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Told what is looked at next. */
  readonly onProgress?: (what: string) => void
}

export interface FsckReport extends Counts {
  readonly tenants: readonly string[]
  /** Whether it was tried if the keys open: not when the key-encryption key is not at hand, and no key is needed. */
  readonly looksAtKeys: boolean
  /** The first thousand. */
  readonly findings: readonly FsckFinding[]
  /** All of them. */
  readonly count: number
}

/**
 * Recomputes from rows what must follow from them, and compares: what every tenant has, indexes, bits, states, the audit trail, whether
 * keys open, and what is published with its signatures (INV1, INV3, INV5–INV7). Everything is of one moment; the service may run
 * meanwhile. Writes nothing.
 *
 * Reads a page at a time: memory grows with the number of lists (64 KiB each), not with that of credentials.
 *
 * @throws {ProcuraError} `ERR_PROCURA_STORAGE` when the database cannot be read, `ERR_PROCURA_INVALID_CONFIGURATION` or
 * `ERR_PROCURA_INVALID_KEY` when the key-encryption key cannot be read: one that is named, or needed for a `did:web` status issuer.
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

interface Checking extends FsckOptions {
  readonly origin: string
  /** Absent when it is not at hand. */
  readonly keks: KeyEncryptionKeys | undefined
}

async function checkAll(snapshot: Snapshot, options: FsckOptions): Promise<FsckReport> {
  const { db } = snapshot
  const findings = new Findings()
  options.onProgress?.('the database')
  await checkFile(snapshot, findings)
  await checkSchema(snapshot, findings)
  const tenants = await readTenants(db)
  if (tenants.length === 0)
    findings.add({ code: 'tenant_incomplete', subject: 'the registry', detail: 'it has no tenant' })
  const checking = {
    ...options,
    origin: (await readOrigin(db)) ?? '',
    keks: await keysAtHand(tenants, options),
  }
  const counts = { credentials: 0, runs: 0, auditEntries: 0 }
  for (const tenant of tenants) {
    await checkTenant(db, tenant, checking, findings)
    const { credentials, runs, auditEntries } = await countRows(db, tenant.id)
    counts.credentials += credentials
    counts.runs += runs
    counts.auditEntries += auditEntries
  }
  return {
    tenants: tenants.map(({ id }) => id),
    ...counts,
    looksAtKeys: checking.keks !== undefined,
    findings: findings.items,
    count: findings.count,
  }
}

async function checkTenant(
  db: Connection,
  tenant: Tenant,
  { keks, origin, onProgress = () => undefined }: Checking,
  findings: Findings,
): Promise<void> {
  const { id } = tenant
  const isComplete = await checkParts(db, id, findings)
  onProgress(`${id}: indexes`)
  const positions = await readPositions(db, id, findings)
  onProgress(`${id}: audit trail`)
  const isTold = await checkAudit(db, { tenant: id, origin }, positions.revoked, findings)
  onProgress(`${id}: status bits`)
  await checkBits(db, id, { ...positions, isTold }, findings)
  await checkOrphans(db, id, findings)
  onProgress(`${id}: keys`)
  const keys = keks && isComplete ? await openKeys(db, tenant, keks, findings) : undefined
  if (keys === undefined && !isOwnDocument(tenant)) return
  onProgress(`${id}: published status`)
  await checkPublished(db, { tenant, origin, resolver: resolverFor(tenant, origin, keys) }, findings)
}

function isOwnDocument({ statusIssuer }: Tenant): boolean {
  return statusIssuer.startsWith('did:key:')
}

/** Those that are named or where they usually are; what is published by a `did:web` cannot be verified without. */
async function keysAtHand(
  tenants: readonly Tenant[],
  { files, env = {} }: FsckOptions,
): Promise<KeyEncryptionKeys | undefined> {
  const file = files.keyEncryptionKey
  const isNamed = env.PROCURA_KEK !== undefined || env.PROCURA_KEK_FILE !== undefined
  const isDue = isNamed || existsSync(file) || !tenants.every(isOwnDocument)
  return isDue ? await loadKeyEncryptionKeys({ file, env }) : undefined
}

/** A `did:key` is its own document; the keys of a `did:web` are in the database, under the key-encryption key. */
function resolverFor(tenant: Tenant, origin: string, keys: KeyRing | undefined): DidResolver {
  if (keys === undefined) return createDidResolver()
  const store = { tenants: async () => [tenant] }
  return createDidResolver({ methods: { web: ownDidMethod({ store, keys, origin }) } })
}
