import type { StatusPosition } from '../../../issuer/issued-credential.ts'
import type { StatusPurpose } from '../../../model/status-list-entry.ts'
import { either } from '../index-map.ts'
import { LIST_ENTRIES } from '../index-permutation.ts'
import type { Database, Row } from './database.ts'
import { bytes, integer } from './row.ts'

/** One row of `list_bits` or `adopted_bits`; small, so that a revocation rewrites little of the file. */
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
  positions: Iterable<StatusPosition>,
): Promise<void> {
  await changeBits(db, { tenant, purpose, set: true }, [positions])
}

/** The same for more positions than should be in memory together: one part after the other. */
export async function setBitsInParts(
  db: Database,
  tenant: string,
  purpose: StatusPurpose,
  parts: AsyncIterable<Iterable<StatusPosition>>,
): Promise<void> {
  await changeBits(db, { tenant, purpose, set: true }, parts)
}

/** Sets every revocation bit of a list that is set in `bits`, uncompressed and MSB-first. */
export async function addRevocations(
  db: Database,
  tenant: string,
  list: number,
  bits: Uint8Array,
): Promise<void> {
  const change = { tenant, purpose: 'revocation', set: true } as const
  const held = await readBits(db, tenant, list, 'revocation')
  for (const chunk of chunksOf(either(held, bits))) await writeChunk(db, change, { list, ...chunk })
  await bumpRevision(db, change, list)
}

/** Clears suspension bits. Revocation bits have no such function. */
export async function clearSuspension(
  db: Database,
  tenant: string,
  positions: Iterable<StatusPosition>,
): Promise<void> {
  await changeBits(db, { tenant, purpose: 'suspension', set: false }, [positions])
}

export async function readBit(
  db: Database,
  tenant: string,
  purpose: StatusPurpose,
  position: StatusPosition,
): Promise<boolean> {
  const row = await readChunk(db, { tenant, purpose }, position.list, chunkIn(position.index))
  return row !== undefined && ((row[byteIn(position.index)] ?? 0) & maskOf(position.index)) !== 0
}

/** Those of the positions whose bit is not set. Reads each list once, 16 KiB. */
export async function lackingBits(
  db: Database,
  tenant: string,
  purpose: StatusPurpose,
  positions: Iterable<StatusPosition> | AsyncIterable<StatusPosition>,
): Promise<readonly StatusPosition[]> {
  const lists = new Map<number, Uint8Array>()
  const lacking: StatusPosition[] = []
  for await (const position of positions) {
    const { list, index } = position
    const bits = lists.get(list) ?? (await readBits(db, tenant, list, purpose))
    lists.set(list, bits)
    if (((bits[Math.floor(index / 8)] ?? 0) & maskOf(index)) === 0) lacking.push(position)
  }
  return lacking
}

/** The whole list, uncompressed, MSB-first. */
export async function readBits(
  db: Database,
  tenant: string,
  list: number,
  purpose: StatusPurpose,
): Promise<Uint8Array> {
  const rows = await db.all(
    'SELECT chunk, bits FROM list_bits WHERE tenant_id = ? AND list = ? AND purpose = ?',
    tenant,
    list,
    purpose,
  )
  return joinChunks(rows)
}

/** A list of the rows that it is kept in, each with `chunk` and `bits`. */
export function joinChunks(rows: readonly Row[]): Uint8Array {
  const whole = new Uint8Array(LIST_BYTES)
  for (const row of rows) whole.set(bytes(row, 'bits'), integer(row, 'chunk') * CHUNK_BYTES)
  return whole
}

/** The rows that a list is kept in: its parts in which a bit is set. */
export function* chunksOf(whole: Uint8Array): Generator<Omit<Chunk, 'list'>> {
  for (let chunk = 0; chunk * CHUNK_BYTES < whole.length; chunk++) {
    const bits = whole.slice(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES)
    if (bits.some((byte) => byte !== 0)) yield { chunk, bits }
  }
}

interface Change {
  readonly tenant: string
  readonly purpose: StatusPurpose
  readonly set: boolean
}

async function changeBits(
  db: Database,
  change: Change,
  parts: Iterable<Iterable<StatusPosition>> | AsyncIterable<Iterable<StatusPosition>>,
): Promise<void> {
  const chunks = new Map<number, Chunk>()
  for await (const positions of parts) {
    for (const position of positions) {
      // A cascade comes here a million times: it waits for the chunks only that it has not read.
      const { bits } = chunks.get(chunkKey(position)) ?? (await addChunk(db, change, chunks, position))
      const at = byteIn(position.index)
      const before = bits[at] ?? 0
      bits[at] = change.set ? before | maskOf(position.index) : before & ~maskOf(position.index)
    }
  }
  for (const chunk of chunks.values()) await writeChunk(db, change, chunk)
  for (const list of new Set([...chunks.values()].map((chunk) => chunk.list)))
    await bumpRevision(db, change, list)
}

async function addChunk(
  db: Database,
  change: Change,
  chunks: Map<number, Chunk>,
  position: StatusPosition,
): Promise<Chunk> {
  const { list, index } = position
  const chunk = chunkIn(index)
  const bits = (await readChunk(db, change, list, chunk)) ?? new Uint8Array(CHUNK_BYTES)
  const read = { list, chunk, bits }
  chunks.set(chunkKey(position), read)
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

function chunkKey({ list, index }: StatusPosition): number {
  return list * (LIST_BYTES / CHUNK_BYTES) + chunkIn(index)
}

function chunkIn(index: number): number {
  return Math.floor(index / (CHUNK_BYTES * 8))
}

function byteIn(index: number): number {
  return Math.floor(index / 8) % CHUNK_BYTES
}

/** Index 0 is the left-most bit. */
function maskOf(index: number): number {
  return 0x80 >> (index % 8)
}
