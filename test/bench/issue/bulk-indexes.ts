import {
  createIndexPermutation,
  type IndexPermutation,
  LIST_ENTRIES,
} from '../../../src/server/store/index-permutation.ts'
import { createList } from '../../../src/server/store/sql/allocator.ts'
import type { SqliteConnection } from '../../../src/server/store/sqlite/database.ts'

/** Consecutive ordinals of one list, and the indexes that they stand for. */
export interface Taken {
  readonly list: number
  readonly first: number
  readonly indexes: readonly number[]
}

/** The list that indexes are taken from. */
interface Open {
  readonly list: number
  readonly permutation: IndexPermutation
  next: number
}

/** Gives indexes in the secret order of their lists, as the store does, from lists of its own. */
export class BulkIndexes {
  readonly #db: SqliteConnection
  readonly #tenant: string
  readonly #secret: Uint8Array
  #open: Open | undefined

  constructor(db: SqliteConnection, tenant: string, secret: Uint8Array) {
    this.#db = db
    this.#tenant = tenant
    this.#secret = secret
  }

  /** What is left of a list that is too short is burned. */
  async take(count: number): Promise<Taken> {
    const open = await this.#withRoom(count)
    const { list, permutation, next: first } = open
    open.next += count
    return { list, first, indexes: Array.from({ length: count }, (_, i) => permutation.indexOf(first + i)) }
  }

  /** Records how far the open list was used. */
  async close(): Promise<void> {
    if (this.#open === undefined) return
    const { list, next } = this.#open
    await this.#db.run('UPDATE lists SET next = ? WHERE tenant_id = ? AND list = ?', next, this.#tenant, list)
  }

  async #withRoom(count: number): Promise<Open> {
    if (this.#open !== undefined && this.#open.next + count <= LIST_ENTRIES) return this.#open
    if (this.#open !== undefined) this.#open.next = LIST_ENTRIES
    await this.close()
    const list = await createList(this.#db, this.#tenant, 'agent')
    this.#open = { list, permutation: createIndexPermutation(this.#secret, list), next: 0 }
    return this.#open
  }
}
