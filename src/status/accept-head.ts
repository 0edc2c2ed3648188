import { accept, refuse } from '../refusal.ts'
import type { Ruling } from './alarm.ts'
import type { Head } from './head.ts'

/**
 * Decides whether `next` may follow `held` (docs/spec/05-status.md "Rollback"). Pure.
 *
 * Every signed head has a `seq` of its own, so the same `seq` means the same bytes. Time never goes back. Where
 * the two are neighbours, `prev` must be the digest of the one held.
 *
 * @param held The newest head accepted so far of the same status issuer.
 * @returns `next`, or `held` when it was presented again; else `status_rollback`, with both heads as evidence
 *   when they contradict each other. A lower `seq` alone may be a cache and raises no alarm.
 */
export function acceptHead(held: Head | undefined, next: Head): Ruling<Head> {
  if (held === undefined) return { verdict: accept(next) }
  if (next.seq === held.seq && next.digest === held.digest) return { verdict: accept(held) }
  if (next.seq < held.seq) return { verdict: refuse('status_rollback', { dimension: 'seq' }) }
  return contradicts(held, next)
    ? {
        verdict: refuse('status_rollback', { dimension: 'head' }),
        alarm: { kind: 'head_conflict', held, presented: next },
      }
    : { verdict: accept(next) }
}

function contradicts(held: Head, next: Head): boolean {
  if (next.seq === held.seq || next.iatMs < held.iatMs) return true
  return next.seq === held.seq + 1 && next.prev !== held.digest
}
