import { accept, refuse, type Verdict } from '../refusal.ts'
import type { StatusAlarm } from './alarm.ts'
import { type Emergency, type EmergencyList, MAX_EMERGENCY_ENTRIES } from './emergency.ts'
import type { Head } from './head.ts'
import { type Listed, NOTHING_LISTED } from './listed.ts'

/**
 * What a verifier remembers of one authority's emergency lists: everything that any of them ever listed, so that nobody
 * can take an entry back (docs/spec/05-status.md "Emergency list"). Only opened lists go in.
 */
export class EmergencyMemory {
  #listed = NOTHING_LISTED
  #newest: EmergencyList | undefined

  get newest(): EmergencyList | undefined {
    return this.#newest
  }

  get listed(): Listed {
    return this.#listed
  }

  /**
   * Takes in a list. Its entries count in any case; it becomes the newest when it is newer and lacks nothing.
   *
   * @returns `status_rollback` and an alarm for one that contradicts the newest.
   */
  accept(list: EmergencyList): { readonly verdict: Verdict<void>; readonly alarm?: StatusAlarm } {
    const newest = this.#newest
    if (newest?.digest === list.digest) return { verdict: accept(undefined) }
    const isForward = newest === undefined || (list.seq > newest.seq && keeps(list, this.#listed))
    this.#listed = join(this.#listed, list)
    if (!isForward) {
      const alarm = { kind: 'emergency_rollback', held: newest, presented: list } as const
      return { verdict: refuse('status_rollback', { dimension: 'emergency' }), alarm }
    }
    this.#newest = list
    return { verdict: accept(undefined) }
  }

  /** Whether a list is from before the newest one, and nothing of it was taken back since. */
  isBefore(list: EmergencyList): boolean {
    const newest = this.#newest
    return newest !== undefined && list.seq < newest.seq && keeps(newest, list)
  }

  /** Whether a head commits to the newest list, or was signed before there was this one. */
  isCommitted({ emergency, iatMs }: Pick<Head, 'emergency' | 'iatMs'>): boolean {
    return this.isNewest(emergency) || (this.#newest !== undefined && iatMs <= this.#newest.iatMs)
  }

  /** @param digest As heads commit to it; `null`: there is no list. */
  isNewest(digest: string | null): boolean {
    return digest === (this.#newest?.digest ?? null)
  }
}

/** Whether a list names all that was listed. */
function keeps(
  { keys, owners, authority }: Emergency,
  listed: { readonly keys: Iterable<string>; readonly owners: Iterable<string>; readonly authority: boolean },
): boolean {
  return (
    [...listed.keys].every((key) => keys.includes(key)) &&
    [...listed.owners].every((owner) => owners.includes(owner)) &&
    (authority || !listed.authority)
  )
}

/** Lists that contradict each other could name ever more: beyond what one may name, nothing of the authority counts. */
function join(listed: Listed, { keys, owners, authority }: Emergency): Listed {
  const all = { keys: new Set([...listed.keys, ...keys]), owners: new Set([...listed.owners, ...owners]) }
  const isFull = all.keys.size + all.owners.size > MAX_EMERGENCY_ENTRIES
  return isFull ? { ...listed, authority: true } : { ...all, authority: authority || listed.authority }
}
