import { createHash } from 'node:crypto'
import { encodeJcs } from '../../core/jcs.ts'
import type { AuditEntry } from '../../issuer/records.ts'

/** `prev` of a tenant's first entry: 32 zero bytes in base64url. */
export const AUDIT_GENESIS: string = 'A'.repeat(43)

/** base64url SHA-256 over the JCS of the entry without `hash` (spec 08). `prev` is in it, which makes the chain. */
export function hashAuditEntry(entry: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update(encodeJcs(entry)).digest('base64url')
}

/** A place in the chain that somebody outside has kept: what was true then must still be true. */
export interface AuditPosition {
  /** 0 is the place before the first entry. */
  readonly seq: number
  readonly hash: string
}

export type AuditChainVerdict =
  | { readonly intact: true; readonly last: AuditPosition }
  | { readonly intact: false; readonly seq: number; readonly problem: AuditProblem }

/**
 * `foreign_tenant`, `gap` (an entry is missing, doubled or out of order), `broken_link` (`prev` is not the hash before),
 * `hash_mismatch` (the entry was changed), `truncated` (the trail ends before a checkpoint), `rewritten` (another
 * history than the checkpoint's).
 */
export type AuditProblem =
  | 'foreign_tenant'
  | 'gap'
  | 'broken_link'
  | 'hash_mismatch'
  | 'truncated'
  | 'rewritten'

export interface AuditChainOptions {
  /** Whose trail it is. */
  readonly tenant: string
  /** Where the entries go on from; default the beginning. */
  readonly from?: AuditPosition
  /** Kept elsewhere; without one, a cut tail and a rewritten whole cannot be seen. */
  readonly checkpoint?: AuditPosition
}

/** The place before a tenant's first entry. */
export const AUDIT_BEGINNING: AuditPosition = { seq: 0, hash: AUDIT_GENESIS }

/**
 * Verifies one tenant's audit trail: no gap, no fork, no entry changed. Any single mutation is found and placed.
 *
 * @param entries In the order of `seq`, lowest first.
 * @returns The last place, or the `seq` at which the trail stops being credible.
 */
export async function verifyAuditChain(
  entries: Iterable<AuditEntry> | AsyncIterable<AuditEntry>,
  options: AuditChainOptions,
): Promise<AuditChainVerdict> {
  const { checkpoint } = options
  let last = options.from ?? AUDIT_BEGINNING
  for await (const entry of entries) {
    const problem = problemOf(entry, last, options)
    if (problem !== undefined) return { intact: false, seq: last.seq + 1, problem }
    last = { seq: entry.seq, hash: entry.hash }
  }
  if (checkpoint !== undefined && checkpoint.seq > last.seq) {
    return { intact: false, seq: last.seq + 1, problem: 'truncated' }
  }
  return { intact: true, last }
}

function problemOf(
  entry: AuditEntry,
  last: AuditPosition,
  options: AuditChainOptions,
): AuditProblem | undefined {
  const { checkpoint } = options
  const { hash, ...content } = entry
  if (entry.tenant !== options.tenant) return 'foreign_tenant'
  if (entry.seq !== last.seq + 1) return 'gap'
  if (entry.prev !== last.hash) return 'broken_link'
  if (hash !== hashAuditEntry(content)) return 'hash_mismatch'
  if (entry.seq === checkpoint?.seq && hash !== checkpoint.hash) return 'rewritten'
  return undefined
}
