import { createHmac } from 'node:crypto'
import { equalBytes } from '../../../core/bytes.ts'
import { LruMap } from '../../../core/lru-map.ts'
import { ProcuraError } from '../../../errors.ts'
import type { StatusPosition } from '../../../issuer/issued-credential.ts'
import { createIndexPermutation, type IndexPermutation, LIST_ENTRIES } from '../index-permutation.ts'
import type { Database } from './database.ts'
import { bytes, integer } from './row.ts'

export type ListKind = 'owner' | 'agent'

/** Ordinals taken from a list's counter at once; a crash burns at most these, under 1 % of a list. */
const BLOCK_ENTRIES = 1_024

/** From here on a list has a successor, so that its first publication is out before it is needed. */
const SPARE_FROM = (LIST_ENTRIES * 3) / 4

/** Permutations kept in memory, about 8 KiB each. */
const MAX_PERMUTATIONS = 256

/** Ordinals `next` to `end - 1` of a list are ours to give. */
interface Block {
  next: number
  readonly end: number
}

/** What was given: consecutive ordinals of one list, and the indexes that they stand for. */
export interface Allocation {
  readonly list: number
  readonly first: number
  readonly indexes: readonly number[]
}

/**
 * Gives status indexes: blocks of a persistent counter per list, through the list's secret permutation (spec 05
 * "Lists"). A block is recorded before anything of it is used; what a crash or a refused command leaves unused is
 * burned, never given again.
 */
export class Allocator {
  readonly #db: Database
  readonly #secrets = new Map<string, Uint8Array>()
  readonly #permutations = new LruMap<string, IndexPermutation>({ maxWeight: MAX_PERMUTATIONS })
  readonly #blocks = new Map<string, Block>()
  readonly #current = new Map<string, number>()

  constructor(db: Database) {
    this.#db = db
  }

  /** @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` when another secret made the indexes given so far. */
  async unlock(tenant: string, secret: Uint8Array): Promise<void> {
    const check = createHmac('sha256', secret).update('procura/status-index/check').digest()
    const row = await this.#db.get('SELECT index_secret_check FROM tenants WHERE tenant_id = ?', tenant)
    if (row === undefined) throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'there is no such tenant')
    if (row.index_secret_check === null) {
      await this.#db.run('UPDATE tenants SET index_secret_check = ? WHERE tenant_id = ?', check, tenant)
    } else if (!equalBytes(bytes(row, 'index_secret_check'), check)) {
      throw new ProcuraError(
        'ERR_PROCURA_INVALID_KEY',
        'the status index secret is not the one that this tenant has used; restore its keys',
      )
    }
    this.#secrets.set(tenant, secret)
  }

  isUnlocked(tenant: string): boolean {
    return this.#secrets.has(tenant)
  }

  /** Makes sure that `take` will find `count` ordinals. Runs outside the savepoint of the command that takes. */
  async reserve(tenant: string, kind: ListKind, count: number): Promise<void> {
    let list = await this.#currentList(tenant, kind)
    while (!(await this.#extend(tenant, list, count))) list = await this.#advance(tenant, kind, list)
  }

  /** The same for one given list, as far as it has so many left. */
  async reserveIn(tenant: string, list: number, count: number): Promise<void> {
    await this.#extend(tenant, list, count)
  }

  /** Whether so many ordinals of a list are reserved. */
  holds(tenant: string, list: number, count: number): boolean {
    const block = this.#blocks.get(listKey(tenant, list))
    return block !== undefined && block.end - block.next >= count
  }

  async take(tenant: string, kind: ListKind, count: number): Promise<Allocation> {
    return this.takeIn(tenant, await this.#currentList(tenant, kind), count)
  }

  takeIn(tenant: string, list: number, count: number): Allocation {
    const permutation = this.#permutation(tenant, list)
    const block = this.#blocks.get(listKey(tenant, list))
    if (block === undefined || !this.holds(tenant, list, count)) {
      throw new ProcuraError('ERR_PROCURA_STORAGE', 'status indexes were taken without being reserved')
    }
    const first = block.next
    block.next += count
    return { list, first, indexes: Array.from({ length: count }, (_, i) => permutation.indexOf(first + i)) }
  }

  ordinalOf(tenant: string, position: StatusPosition): number {
    return this.#permutation(tenant, position.list).ordinalOf(position.index)
  }

  /** After a transaction that was not committed: what memory holds may be more than the database does. */
  forget(): void {
    this.#blocks.clear()
    this.#current.clear()
  }

  #permutation(tenant: string, list: number): IndexPermutation {
    const key = listKey(tenant, list)
    const known = this.#permutations.get(key)
    if (known !== undefined) return known
    const secret = this.#secrets.get(tenant)
    if (secret === undefined) {
      throw new ProcuraError(
        'ERR_PROCURA_NOT_STARTED',
        'open the key ring before issuing: the tenant is locked',
      )
    }
    const permutation = createIndexPermutation(secret, list)
    this.#permutations.set(key, permutation)
    return permutation
  }

  async #currentList(tenant: string, kind: ListKind): Promise<number> {
    const known = this.#current.get(`${kind} ${tenant}`)
    if (known !== undefined) return known
    const row = await this.#db.get(
      'SELECT min(list) AS list FROM lists WHERE tenant_id = ? AND kind = ? AND next < ?',
      tenant,
      kind,
      LIST_ENTRIES,
    )
    const list =
      row === undefined || row.list === null ? await createList(this.#db, tenant, kind) : integer(row, 'list')
    this.#current.set(`${kind} ${tenant}`, list)
    return list
  }

  /** The rest of `list` is too short for what is asked: it is burned. */
  async #advance(tenant: string, kind: ListKind, list: number): Promise<number> {
    await this.#db.run(
      'UPDATE lists SET next = ? WHERE tenant_id = ? AND list = ?',
      LIST_ENTRIES,
      tenant,
      list,
    )
    this.#blocks.delete(listKey(tenant, list))
    this.#current.delete(`${kind} ${tenant}`)
    return await this.#currentList(tenant, kind)
  }

  async #extend(tenant: string, list: number, count: number): Promise<boolean> {
    const key = listKey(tenant, list)
    const block = this.#blocks.get(key)
    if (this.holds(tenant, list, count)) return true
    const row = await this.#db.get(
      'SELECT next, kind FROM lists WHERE tenant_id = ? AND list = ?',
      tenant,
      list,
    )
    const next = row === undefined ? LIST_ENTRIES : integer(row, 'next')
    const first = block !== undefined && block.end === next ? block.next : next
    const end = Math.min(LIST_ENTRIES, Math.max(next + BLOCK_ENTRIES, first + count))
    if (row === undefined || end - first < count) return false
    await this.#db.run('UPDATE lists SET next = ? WHERE tenant_id = ? AND list = ?', end, tenant, list)
    this.#blocks.set(key, { next: first, end })
    if (end >= SPARE_FROM) await ensureSpare(this.#db, tenant, list)
    return true
  }
}

/** The next number of the tenant, with both purposes still to be published. */
export async function createList(db: Database, tenant: string, kind: ListKind): Promise<number> {
  const row = await db.get('SELECT coalesce(max(list), 0) + 1 AS list FROM lists WHERE tenant_id = ?', tenant)
  const list = integer(row ?? {}, 'list')
  await insertList(db, tenant, { list, kind, next: 0 })
  return list
}

/** @param next How many of its indexes are not to be given any more. */
export async function insertList(
  db: Database,
  tenant: string,
  { list, kind, next }: { readonly list: number; readonly kind: ListKind; readonly next: number },
): Promise<void> {
  await db.run(
    'INSERT INTO lists (tenant_id, list, kind, next) VALUES (?, ?, ?, ?)',
    tenant,
    list,
    kind,
    next,
  )
  for (const purpose of ['revocation', 'suspension']) {
    await db.run('INSERT INTO list_status (tenant_id, list, purpose) VALUES (?, ?, ?)', tenant, list, purpose)
  }
}

async function ensureSpare(db: Database, tenant: string, list: number): Promise<void> {
  const spare = await db.get(
    `SELECT 1 FROM lists AS this JOIN lists AS spare ON spare.tenant_id = this.tenant_id AND spare.kind = this.kind
     WHERE this.tenant_id = ? AND this.list = ? AND spare.list > this.list`,
    tenant,
    list,
  )
  if (spare !== undefined) return
  const kind = (await db.get('SELECT kind FROM lists WHERE tenant_id = ? AND list = ?', tenant, list))?.kind
  await createList(db, tenant, kind === 'owner' ? 'owner' : 'agent')
}

function listKey(tenant: string, list: number): string {
  return `${list} ${tenant}`
}
