import { createHmac, timingSafeEqual } from 'node:crypto'
import { isJsonObject, type Json, parseStrictJson } from '../../core/json.ts'
import { deriveBackupKey } from '../keys/envelope.ts'
import type { Database } from '../store/sql/database.ts'
import { readOrigin, readTenants } from '../store/sql/reads.ts'
import { integer, optionalInteger, optionalText } from '../store/sql/row.ts'

/** Says of a folder that it is one of ours, and how it is to be read. */
const FORMAT = 'procura-backup/1'

/** How far a tenant's registry had come. */
export interface TenantState {
  readonly id: string
  /** Entries of the audit trail, and the hash of the last one, which is over all before it. */
  readonly auditEntries: number
  readonly auditHash: string | null
  /** Number and time (ms) of the newest head; null when none was published. */
  readonly headSeq: number | null
  readonly headAt: number | null
}

/** What a registry holds, as far as it can be said in a few words. */
export interface RegistryState {
  readonly origin: string
  readonly tenants: readonly TenantState[]
}

/** What stands beside the copy. */
export interface BackupManifest extends RegistryState {
  /** When the copy was made, in milliseconds since 1970. */
  readonly at: number
  /** Schema of the copy, which is a file of SQLite whatever database it was made of. */
  readonly schema: number
  readonly bytes: number
  /** SHA-256 of the copy, hexadecimal. */
  readonly sha256: string
  /** Name of the key-encryption key that authenticates all of it. */
  readonly kek: string
}

/** A manifest as it was read, and what is to be checked before any of it is believed. */
export interface SealedManifest {
  readonly manifest: BackupManifest
  /** HMAC-SHA-256, hexadecimal. */
  readonly mac: string
}

/** Reads how far each tenant has come. */
export async function readState(db: Database): Promise<RegistryState> {
  const tenants: TenantState[] = []
  for (const { id } of await readTenants(db)) {
    const row = await db.get(
      `SELECT (SELECT max(seq) FROM audit WHERE tenant_id = ?1) AS entries,
         (SELECT hash FROM audit WHERE tenant_id = ?1 ORDER BY seq DESC LIMIT 1) AS hash,
         (SELECT seq FROM heads WHERE tenant_id = ?1) AS head_seq,
         (SELECT iat_ms FROM heads WHERE tenant_id = ?1) AS head_at`,
      id,
    )
    if (row === undefined) continue
    tenants.push({
      id,
      auditEntries: optionalInteger(row, 'entries') ?? 0,
      auditHash: optionalText(row, 'hash') ?? null,
      headSeq: optionalInteger(row, 'head_seq') ?? null,
      headAt: optionalInteger(row, 'head_at') ?? null,
    })
  }
  return { origin: (await readOrigin(db)) ?? '', tenants }
}

/** The newest migration that a database has seen. */
export async function readSchema(db: Database): Promise<number> {
  const row = await db.get('SELECT max(version) AS version FROM schema_version')
  return integer(row ?? {}, 'version')
}

/** @param kek The key-encryption key that the manifest names. */
export function encodeManifest(manifest: BackupManifest, kek: Uint8Array): string {
  const sealed = { format: FORMAT, ...manifest, mac: macOf(manifest, kek).toString('hex') }
  return `${JSON.stringify(sealed, null, 2)}\n`
}

/** Whether somebody who has the key-encryption key made the manifest, and it is as it was. */
export function isAuthentic({ manifest, mac }: SealedManifest, kek: Uint8Array): boolean {
  const [said, own] = [Buffer.from(mac, 'hex'), macOf(manifest, kek)]
  return said.length === own.length && timingSafeEqual(said, own)
}

/** Over every member, in one order. */
function macOf(
  { at, schema, bytes, sha256, kek: name, origin, tenants }: BackupManifest,
  kek: Uint8Array,
): Buffer {
  const said = { format: FORMAT, at, schema, bytes, sha256, kek: name, origin, tenants }
  return createHmac('sha256', deriveBackupKey(kek)).update(JSON.stringify(said)).digest()
}

/** @returns `undefined` when the text is none, or of a format that this program does not know. */
export function parseManifest(text: string): SealedManifest | undefined {
  const json = parseStrictJson(text)
  if (!isJsonObject(json) || json.format !== FORMAT) return undefined
  const { at, schema, bytes, sha256, kek, origin, tenants, mac } = json
  const isRight =
    isCount(at) &&
    isCount(schema) &&
    isCount(bytes) &&
    typeof sha256 === 'string' &&
    typeof kek === 'string' &&
    typeof origin === 'string' &&
    typeof mac === 'string' &&
    Array.isArray(tenants)
  if (!isRight) return undefined
  const states = tenants.map(parseTenant)
  if (!states.every((state) => state !== undefined)) return undefined
  return { manifest: { at, schema, bytes, sha256, kek, origin, tenants: states }, mac }
}

function parseTenant(json: Json): TenantState | undefined {
  if (!isJsonObject(json)) return undefined
  const { id, auditEntries, auditHash, headSeq, headAt } = json
  const isRight =
    typeof id === 'string' &&
    isCount(auditEntries) &&
    (auditHash === null || typeof auditHash === 'string') &&
    (headSeq === null || isCount(headSeq)) &&
    (headAt === null || isCount(headAt))
  return isRight ? { id, auditEntries, auditHash, headSeq, headAt } : undefined
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
