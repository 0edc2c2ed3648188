import type { AuditEntry } from '../../issuer/records.ts'
import type { IssuerApi, Query } from '../issuer-api.ts'
import { readAuditEntry } from './read-entry.ts'

const PATH = '/v1/audit'

/** Whose entries; without either, all of the tenant. */
export interface AuditFilter {
  readonly agent?: string
  readonly owner?: string
}

/** The audit trail as the API pages it: oldest first, `after` is the number of an entry. */
export class AuditTrail {
  readonly #api: IssuerApi
  readonly #query: Query

  constructor(api: IssuerApi, { agent, owner }: AuditFilter) {
    this.#api = api
    this.#query = { agent, owner }
  }

  /** Every entry after number `seq`. */
  async *after(seq: number): AsyncGenerator<AuditEntry> {
    const query = { ...this.#query, ...(seq === 0 ? {} : { after: seq }) }
    for await (const item of this.#api.items(PATH, query)) yield readAuditEntry(item)
  }

  /** The last entries, at most `count`, oldest first. Reads a bounded number of pages, however long the trail is. */
  async last(count: number): Promise<readonly AuditEntry[]> {
    const end = await this.#lastSeq()
    for (let width = count; ; width *= 4) {
      const start = Math.max(0, end - width)
      const entries: AuditEntry[] = []
      for await (const entry of this.after(start)) entries.push(entry)
      if (entries.length >= count || start === 0) return count === 0 ? [] : entries.slice(-count)
    }
  }

  /** Number of the newest entry, 0 when there is none: doubles until there is nothing after, then halves. */
  async #lastSeq(): Promise<number> {
    let low = 0
    let high = Number.POSITIVE_INFINITY
    while (low < high) {
      const probe = high === Number.POSITIVE_INFINITY ? low * 2 : Math.floor((low + high) / 2)
      const next = await this.#firstAfter(probe)
      if (next === undefined) high = probe
      else low = next
    }
    return low
  }

  async #firstAfter(seq: number): Promise<number | undefined> {
    const { items } = await this.#api.page(PATH, {
      ...this.#query,
      limit: 1,
      ...(seq === 0 ? {} : { after: seq }),
    })
    const [first] = items
    return first === undefined ? undefined : readAuditEntry(first).seq
  }
}
