import { ProcuraError } from '../errors.ts'
import type { StatusEntry, StatusLease } from '../model/status-list-entry.ts'
import type { AgentStorage } from './agent-storage.ts'

/**
 * Hands out the indexes of an agent's status lease, each once (docs/spec/05-status.md "Every link is revocable").
 *
 * An index is recorded in the storage before it is handed out. One that comes back unused, because the credential
 * that was to bear it was never released, is kept for the next caller of this process.
 */
export class IndexLedger {
  readonly #storage: AgentStorage | undefined
  /** Given away, as far as this process knows: saves asking the storage again. */
  readonly #gone = new Set<string>()
  readonly #spare = new Map<string, StatusEntry>()

  constructor(storage: AgentStorage | undefined) {
    this.#storage = storage
  }

  /**
   * Takes `count` indexes of the lease.
   *
   * @throws {ProcuraError} `ERR_PROCURA_LEASE_EXHAUSTED` when the lease has fewer left, of which none is lost then;
   *   `ERR_PROCURA_STORAGE` when there is no storage, or it fails.
   */
  async take(leases: readonly StatusLease[], count: number): Promise<readonly StatusEntry[]> {
    const taken: StatusEntry[] = []
    try {
      for (const entry of entriesOf(leases)) {
        if (taken.length === count) break
        if (await this.#takeEntry(entry)) taken.push(entry)
      }
      if (taken.length < count) throw exhausted(count, taken.length)
    } catch (error) {
      this.giveBack(taken)
      throw error
    }
    return taken
  }

  /** Takes back indexes whose credential never left this process. */
  giveBack(entries: readonly StatusEntry[]): void {
    for (const entry of entries) this.#spare.set(keyOf(entry), entry)
  }

  async #takeEntry(entry: StatusEntry): Promise<boolean> {
    const key = keyOf(entry)
    if (this.#spare.delete(key)) return true
    if (this.#gone.has(key)) return false
    this.#gone.add(key)
    try {
      return await this.#reserve(entry)
    } catch (error) {
      this.#gone.delete(key)
      throw error
    }
  }

  async #reserve({ revocation, index }: StatusEntry): Promise<boolean> {
    if (this.#storage !== undefined) return this.#storage.reserveIndex(revocation, index)
    throw new ProcuraError(
      'ERR_PROCURA_STORAGE',
      'to delegate, an agent must remember which status indexes it has given away; create it with storage: fileStorage(directory) (PROCURA_STATE), or memoryStorage() for a key that dies with the process',
    )
  }
}

/**
 * The first `count` entries of a lease, whether or not they were given away.
 *
 * @throws {ProcuraError} `ERR_PROCURA_LEASE_EXHAUSTED` when it never had that many.
 */
export function leasedEntries(leases: readonly StatusLease[], count: number): readonly StatusEntry[] {
  const entries = [...entriesOf(leases)].slice(0, count)
  if (entries.length < count) throw exhausted(count, entries.length)
  return entries
}

/** Puts indexes together to a lease for the next link. */
export function leaseOf(entries: readonly StatusEntry[]): readonly StatusLease[] {
  const leases = new Map<string, { revocation: string; suspension: string; indexes: number[] }>()
  for (const { revocation, suspension, index } of entries) {
    const lease = leases.get(revocation) ?? { revocation, suspension, indexes: [] }
    lease.indexes.push(index)
    leases.set(revocation, lease)
  }
  return [...leases.values()]
}

function* entriesOf(leases: readonly StatusLease[]): Generator<StatusEntry> {
  for (const { revocation, suspension, indexes } of leases) {
    for (const index of indexes) yield { revocation, suspension, index }
  }
}

function keyOf({ revocation, index }: StatusEntry): string {
  return `${index} ${revocation}`
}

function exhausted(wanted: number, left: number): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_LEASE_EXHAUSTED',
    `the delegation needs ${wanted} status ${wanted === 1 ? 'index' : 'indexes'} and the agent's lease has ${left} left; ask for more (agent.refresh({ leaseSize }) at the issuer, leaseSize at the agent that delegated), or delegate with statusless: true (15 minutes at most) where the owner allows it`,
  )
}
