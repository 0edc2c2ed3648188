import type { StatusPosition } from '../../../issuer/issued-credential.ts'
import type { StatusPurpose } from '../../../model/status-list-entry.ts'
import { LIST_ENTRIES } from '../index-permutation.ts'
import type { Database } from './database.ts'
import { bytes, integer } from './row.ts'

/** One row of `list_bits`; small, so that a revocation rewrites little of the file. */
const CHUNK_BYTES = 1_024
const LIST_BYTES = LIST_ENTRIES / 8

interface Chunk {
  readonly list: number
  readonly chunk: number
  readonly bits: Uint8Array
}

/** Sets the bits of any number of positions; each chunk is read and written once. */
export async function setBits(
  db: Database,
  tenant: string,
  purpose: StatusPurpose,
  positions: Iterable<StatusPosition> | AsyncIterable<StatusPosition>,
): Promise<void> {
  await changeBits(db, { tenant, purpose, set: true }, positions)
}

/** Clears suspension bits. Revocation bits have no such function. */
export async function clearSuspension(
  db: Database,
  tenant: string,
  positions: Iterable<StatusPosition> | AsyncIterable<StatusPosition>,
): Promise<void> {
  await changeBits(db, { tenant, purpose: 'suspension', set: false }, positions)
}

export async function readBit(
  db: Database,
  tenant: string,
  purpose: StatusPurpose,
  position: StatusPosition,
): Promise<boolean> {
  const chunk = Math.floor(position.index / (CHUNK_BYTES * 8))
  const row = await readChunk(db, { tenant, purpose }, position.list, chunk)
  return row !== undefined && ((row[byteIn(position.index)] ?? 0) & maskOf(position.index)) !== 0
}

/** The whole list, uncompressed, MSB-first. */
export async function readBits(
  db: Database,
  tenant: string,
  list: number,
  purpose: StatusPurpose,
): Promise<Uint8Array> {
  const whole = new Uint8Array(LIST_BYTES)
  const rows = await db.all(
    'SELECT chunk, bits FROM list_bits WHERE tenant_id = ? AND list = ? AND purpose = ?',
    tenant,
    list,
    purpose,
  )
  for (const row of rows) whole.set(bytes(row, 'bits'), integer(row, 'chunk') * CHUNK_BYTES)
  return whole
}

interface Change {
  readonly tenant: string
  readonly purpose: StatusPurpose
  readonly set: boolean
}

async function changeBits(
  db: Database,
  change: Change,
  positions: Iterable<StatusPosition> | AsyncIterable<StatusPosition>,
): Promise<void> {
  const chunks = new Map<number, Chunk>()
  for await (const { list, index } of positions) {
    const { bits } = await chunkOf(db, change, chunks, { list, index })
    const at = byteIn(index)
    const before = bits[at] ?? 0
    bits[at] = change.set ? before | maskOf(index) : before & ~maskOf(index)
  }
  for (const chunk of chunks.values()) await writeChunk(db, change, chunk)
  for (const list of new Set([...chunks.values()].map((chunk) => chunk.list)))
    await bumpRevision(db, change, list)
}

async function chunkOf(
  db: Database,
  change: Change,
  chunks: Map<number, Chunk>,
  { list, index }: StatusPosition,
): Promise<Chunk> {
  const chunk = Math.floor(index / (CHUNK_BYTES * 8))
  const key = list * (LIST_BYTES / CHUNK_BYTES) + chunk
  const known = chunks.get(key)
  if (known !== undefined) return known
  const bits = (await readChunk(db, change, list, chunk)) ?? new Uint8Array(CHUNK_BYTES)
  const read = { list, chunk, bits }
  chunks.set(key, read)
  return read
}

async function readChunk(
  db: Database,
  { tenant, purpose }: Omit<Change, 'set'>,
  list: number,
  chunk: number,
): Promise<Uint8Array | undefined> {
  const sql = 'SELECT bits FROM list_bits WHERE tenant_id = ? AND list = ? AND purpose = ? AND chunk = ?'
  const row = await db.get(sql, tenant, list, purpose, chunk)
  return row === undefined ? undefined : bytes(row, 'bits')
}

async function writeChunk(
  db: Database,
  { tenant, purpose }: Change,
  { list, chunk, bits }: Chunk,
): Promise<void> {
  await db.run(
    `INSERT INTO list_bits (tenant_id, list, purpose, chunk, bits) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id, list, purpose, chunk) DO UPDATE SET bits = excluded.bits`,
    tenant,
    list,
    purpose,
    chunk,
    bits,
  )
}

async function bumpRevision(db: Database, { tenant, purpose }: Change, list: number): Promise<void> {
  await db.run(
    'UPDATE list_status SET revision = revision + 1 WHERE tenant_id = ? AND list = ? AND purpose = ?',
    tenant,
    list,
    purpose,
  )
}

function byteIn(index: number): number {
  return Math.floor(index / 8) % CHUNK_BYTES
}

/** Index 0 is the left-most bit. */
function maskOf(index: number): number {
  return 0x80 >> (index % 8)
}
