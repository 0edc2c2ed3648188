import { decodeBase64 } from '../../core/base64.ts'
import { decodeUtf8, equalBytes } from '../../core/bytes.ts'
import { encodeJcs } from '../../core/jcs.ts'
import { isJsonObject, type JsonObject, member, parseStrictJson } from '../../core/json.ts'
import { MERKLE_HASH_BYTES } from '../../core/merkle.ts'
import { MerkleRange } from '../../core/merkle-range.ts'
import type { AuditEntry } from '../../issuer/records.ts'
import { type Checkpoint, isTrailNamed } from '../../server/audit/checkpoint.ts'
import { leafHashOf } from '../../server/audit/grow-tree.ts'
import { AUDIT_GENESIS, type AuditProblem, hashAuditEntry } from '../../server/store/audit-chain.ts'
import { type AuditKey, openWith } from './audit-key.ts'
import type { FileLine } from './read-lines.ts'

/**
 * What is wrong with an export, beside what is wrong with a chain. `malformed`: a line is not as an export has it.
 * `bad_checkpoint`: not signed by the key, or of another size than the lines before it. `no_checkpoint`: the end is under none.
 * `unexplained`: texts are missing that no entry says were removed. `restored`: the trail goes on from a backup that is older than the
 * checkpoint that was kept.
 */
export type ExportProblem =
  | AuditProblem
  | 'malformed'
  | 'bad_checkpoint'
  | 'no_checkpoint'
  | 'unexplained'
  | 'restored'

export type ExportVerdict =
  | { readonly intact: true; readonly checkpoint: Checkpoint; readonly removed: number }
  | { readonly intact: false; readonly seq: number; readonly problem: ExportProblem }

export interface VerifyExportOptions {
  /** Whose checkpoints are believed. */
  readonly keys: readonly AuditKey[]
  /** A checkpoint that was kept from earlier, opened with one of the keys. */
  readonly held?: Checkpoint
  /** Told how many entries were read. */
  readonly onProgress?: (entries: number) => void
}

/** Leaves a verification with what is wrong at which entry. */
class Broken extends Error {
  readonly seq: number
  readonly problem: ExportProblem

  constructor(seq: number, problem: ExportProblem) {
    super(problem)
    this.seq = seq
    this.problem = problem
  }
}

/**
 * Verifies an export without asking anybody: every entry, the chain, the tree, the signatures of the checkpoints, and that it goes
 * on from a checkpoint that was kept. Reads it once; memory does not grow with it.
 */
export async function verifyExport(
  lines: AsyncIterable<FileLine>,
  options: VerifyExportOptions,
): Promise<ExportVerdict> {
  const trail = new ExportedTrail(options)
  try {
    for await (const line of lines) await trail.read(line)
    return trail.conclude()
  } catch (error) {
    if (error instanceof Broken) return { intact: false, seq: error.seq, problem: error.problem }
    throw error
  }
}

class ExportedTrail {
  readonly #options: VerifyExportOptions
  readonly #tree = new MerkleRange()
  #tenant: string | undefined
  /** Hash of the entry before; `undefined` after one whose text was removed. */
  #last: string | undefined = AUDIT_GENESIS
  #removed = 0
  #removedUpTo = 0
  /** From where on texts are missing that no entry has spoken of so far. */
  #unexplained: number | undefined
  #checkpoint: Checkpoint | undefined
  /** The first entry that tells of a restore. */
  #restoredAt: number | undefined

  constructor(options: VerifyExportOptions) {
    this.#options = options
  }

  async read({ text, isWhole }: FileLine): Promise<void> {
    const line = isWhole && text !== undefined ? parseLine(text) : undefined
    if (line === undefined) throw this.#broken('malformed')
    if (Object.hasOwn(line, 'checkpoint')) return await this.#readCheckpoint(line)
    if (member(line, 'seq') !== this.#tree.size + 1) throw this.#broken('gap')
    if (Object.hasOwn(line, 'removed')) this.#readRemoved(line)
    else this.#readEntry(line)
    this.#compareHeld()
    this.#options.onProgress?.(this.#tree.size)
  }

  conclude(): ExportVerdict {
    const { held } = this.#options
    const checkpoint = this.#checkpoint
    if (held !== undefined && held.size > this.#tree.size) throw this.#lost(held) ?? this.#broken('truncated')
    if (checkpoint === undefined || checkpoint.size !== this.#tree.size) throw this.#broken('no_checkpoint')
    if (this.#unexplained !== undefined) throw new Broken(this.#unexplained, 'unexplained')
    return { intact: true, checkpoint, removed: this.#removed }
  }

  /** At the entry that is read, or comes next. */
  #broken(problem: ExportProblem): Broken {
    return new Broken(this.#tree.size + 1, problem)
  }

  #readEntry(line: JsonObject): void {
    if (!isEntry(line)) throw this.#broken('malformed')
    const entry = line as unknown as AuditEntry
    const { hash, ...content } = entry
    this.#tenant ??= entry.tenant
    if (entry.tenant !== this.#tenant) throw this.#broken('foreign_tenant')
    if (hash !== hashAuditEntry(content)) throw this.#broken('hash_mismatch')
    if (this.#last !== undefined && entry.prev !== this.#last) throw this.#broken('broken_link')
    const { until } = entry.details
    if (entry.action === 'audit.remove' && typeof until === 'number') this.#explain(until)
    if (entry.action === 'registry.catch_up') this.#restoredAt ??= entry.seq
    this.#tree.add(leafHashOf(entry))
    this.#last = hash
  }

  #explain(until: number): void {
    if (this.#unexplained === undefined) return
    this.#unexplained = until >= this.#removedUpTo ? undefined : Math.max(this.#unexplained, until + 1)
  }

  /** An export that was gone on with much later has texts before those that are gone. */
  #readRemoved(line: JsonObject): void {
    const leaf = member(line, 'leaf')
    const hash = typeof leaf === 'string' ? decodeBase64(leaf) : undefined
    const isClosed = Object.keys(line).length === 3 && member(line, 'removed') === true
    if (!isClosed || hash?.length !== MERKLE_HASH_BYTES) throw this.#broken('malformed')
    this.#tree.add(hash)
    this.#removed += 1
    this.#removedUpTo = this.#tree.size
    this.#unexplained ??= this.#tree.size
    this.#last = undefined
  }

  async #readCheckpoint(line: JsonObject): Promise<void> {
    const note = member(line, 'checkpoint')
    const { signer = '', checkpoint: _, ...more } = line
    const isClosed = typeof signer === 'string' && Object.keys(more).length === 0
    if (typeof note !== 'string' || !isClosed) throw this.#broken('malformed')
    const opened = await openWith(note, this.#options.keys)
    const isForward = opened !== undefined && opened.size > (this.#checkpoint?.size ?? 0)
    if (!isForward || opened.size < this.#tree.size) throw this.#broken('bad_checkpoint')
    if (opened.size > this.#tree.size) throw this.#broken('truncated')
    if (this.#tenant !== undefined && !isTrailOf(opened.origin, this.#tenant)) {
      throw this.#broken('foreign_tenant')
    }
    if (!equalBytes(opened.root, this.#tree.root())) throw this.#rewritten()
    this.#checkpoint = opened
  }

  #compareHeld(): void {
    const { held } = this.#options
    if (held?.size === this.#tree.size && !equalBytes(held.root, this.#tree.root()))
      throw this.#lost(held) ?? this.#rewritten()
  }

  /** Entries that the kept checkpoint covers are gone, and the trail says why: it goes on from an older backup. */
  #lost(held: Checkpoint): Broken | undefined {
    const at = this.#restoredAt
    return at !== undefined && at <= held.size ? new Broken(at, 'restored') : undefined
  }

  /** Somewhere after the last checkpoint that fits: a root tells no more. */
  #rewritten(): Broken {
    return new Broken((this.#checkpoint?.size ?? 0) + 1, 'rewritten')
  }
}

/** A line has one text only, so that not a byte of it can be changed. */
function parseLine(text: string): JsonObject | undefined {
  const json = parseStrictJson(text)
  return isJsonObject(json) && decodeUtf8(encodeJcs(json)) === text ? json : undefined
}

/** `id.example/audit/acme`, also after a restore. */
function isTrailOf(origin: string, tenant: string): boolean {
  const [host = ''] = origin.split('/')
  return isTrailNamed(origin, `${host}/audit/${tenant}`)
}

const TEXTS = ['tenant', 'actor', 'role', 'action', 'target', 'requestId', 'prev', 'hash'] as const

function isEntry(line: JsonObject): boolean {
  return (
    TEXTS.every((name) => typeof member(line, name) === 'string') && isJsonObject(member(line, 'details'))
  )
}
