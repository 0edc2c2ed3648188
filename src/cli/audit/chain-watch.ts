import type { AuditEntry } from '../../issuer/records.ts'
import { type AuditProblem, hashAuditEntry } from '../../server/store/audit-chain.ts'
import { counted } from '../terminal/text.ts'

/** Where the chain was found broken. */
export interface ChainBreak {
  readonly seq: number
  readonly problem: AuditProblem
}

/**
 * Follows the hash chain entry by entry as they are shown. Of a filtered trail every entry's own hash is checked, and
 * the link to the one before where that is its neighbour.
 */
export class ChainWatch {
  readonly #isWhole: boolean
  #last: AuditEntry | undefined
  #first: number | undefined
  #seen = 0
  #broken: ChainBreak | undefined

  /** @param isWhole Whether no entry is left out between the first and the last. */
  constructor(isWhole: boolean) {
    this.#isWhole = isWhole
  }

  /** The first break met. */
  get broken(): ChainBreak | undefined {
    return this.#broken
  }

  /** What is wrong with this entry, after those before. */
  look(entry: AuditEntry): ChainBreak | undefined {
    const problem = this.#problemOf(entry)
    this.#last = entry
    this.#first ??= entry.seq
    this.#seen += 1
    if (problem === undefined) return undefined
    const found = { seq: entry.seq, problem }
    this.#broken ??= found
    return found
  }

  /** What was shown and what was not, in a line. */
  conclusion(): string {
    const { seq: last } = this.#last ?? {}
    if (this.#broken !== undefined) {
      return `The audit trail is BROKEN at entry ${this.#broken.seq} (${this.#broken.problem}): it was changed, or entries are missing`
    }
    if (last === undefined) return 'There is no entry.'
    if (!this.#isWhole) {
      return `${counted(this.#seen, 'entry', 'entries')} unchanged; what the filter leaves out was not looked at, so that only neighbours are known to follow each other`
    }
    const before =
      this.#first === 1 ? 'from the beginning' : `nothing before entry ${this.#first} was looked at`
    return `Hash chain intact over entries ${this.#first} to ${last}; ${before}`
  }

  #problemOf(entry: AuditEntry): AuditProblem | undefined {
    const { hash, ...content } = entry
    if (hash !== hashAuditEntry(content)) return 'hash_mismatch'
    const last = this.#last
    if (last === undefined) return undefined
    if (entry.tenant !== last.tenant) return 'foreign_tenant'
    if (entry.seq <= last.seq || (this.#isWhole && entry.seq !== last.seq + 1)) return 'gap'
    return entry.seq === last.seq + 1 && entry.prev !== last.hash ? 'broken_link' : undefined
  }
}
