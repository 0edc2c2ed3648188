import { accept, refuse, type Verdict } from '../refusal.ts'
import type { Ruling } from './alarm.ts'
import type { Head } from './head.ts'

/**
 * Decides whether `next` may follow `held` (docs/spec/05-status.md "Rollback"). Pure.
 *
 * Every signed head has a `seq` of its own, so the same `seq` means the same bytes. Time never goes back. Where
 * the two are neighbours, `prev` of the later one must be the digest of the other.
 *
 * @param held The newest head accepted so far of the same status issuer.
 * @returns `next`, or `held` when it was presented again; else `status_rollback`, with both heads as evidence
 *   when they contradict each other. A lower `seq` alone may be a cache and raises no alarm.
 */
export function acceptHead(held: Head | undefined, next: Head): Ruling<Head> {
  if (held === undefined) return { verdict: accept(next) }
  if (next.seq === held.seq && next.digest === held.digest) return { verdict: accept(held) }
  const isBefore = next.seq < held.seq
  if (isBefore ? contradicts(next, held) : contradicts(held, next))
    return {
      verdict: refuse('status_rollback', { dimension: 'head' }),
      alarm: { kind: 'head_conflict', held, presented: next },
    }
  return { verdict: isBefore ? refuse('status_rollback', { dimension: 'seq' }) : accept(next) }
}

/** Whether a head, or what was looked at with it, was refused for being older than the one held, and no more. */
export function isBehind(verdict: Verdict<unknown>): boolean {
  if (verdict.verified) return false
  const { code, dimension } = verdict.refusal
  return code === 'status_rollback' && dimension === 'seq'
}

/** @param later By its `seq`, or of the same one. */
function contradicts(earlier: Head, later: Head): boolean {
  if (later.seq === earlier.seq || later.iatMs < earlier.iatMs) return true
  return later.seq === earlier.seq + 1 && later.prev !== earlier.digest
}
