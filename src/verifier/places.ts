import { accept, type Verdict } from '../refusal.ts'
import { COMPARE_LOOK_MS, LOOK_MS, type LookBy, Place, type PlacePorts, type PlaceState } from './place.ts'

const FOUND: Verdict<void> = accept(undefined)

/**
 * The places at which one authority's status can be had: the one that its trust entry names, then its mirrors
 * (docs/spec/05-status.md "Mirrors"). Which of them is looked at when; what is believed is decided by whoever looks.
 */
export class Places {
  readonly #ports: PlacePorts
  readonly #first: Place
  #mirrors: readonly Place[] = []

  constructor(ports: PlacePorts) {
    this.#ports = ports
    this.#first = new Place(ports)
  }

  /** Replaces the mirrors. What is known of those that stay is kept. */
  setMirrors(mirrors: readonly string[]): void {
    const known = new Map(this.#mirrors.map((place) => [place.mirror, place]))
    this.#mirrors = mirrors.map((mirror) => known.get(mirror) ?? new Place(this.#ports, mirror))
  }

  states(head: string): readonly PlaceState[] {
    return [this.#first, ...this.#mirrors].map((place) => place.state(head))
  }

  /**
   * Looks at one place after the other until one shows a head that is of now. Those that failed are left alone for a
   * while, the first only while another shows a head of now. Then one of the others is looked at, if one was not for long.
   *
   * @returns As the look that found such a head; where none did, as the last look at the first place.
   */
  async look(look: LookBy, head: string): Promise<Verdict<void>> {
    const deadlineMs = this.#mirrors.length === 0 ? undefined : LOOK_MS
    const others = new Set([this.#first, ...newestFirst(this.#mirrors)])
    const isLeft = this.#first.isResting
    let isCurrent = false
    for (const place of [...others]) {
      if (isCurrent || place.isResting) continue
      others.delete(place)
      isCurrent = await place.look(look, head, deadlineMs)
    }
    if (isLeft && !isCurrent) isCurrent = await this.#first.look(look, head, deadlineMs)
    if (isCurrent) await longestDue(others)?.look(look, head, COMPARE_LOOK_MS)
    return isCurrent ? FOUND : (this.#first.outcome ?? FOUND)
  }
}

/** The mirror that showed the newest head comes first: those that are slow and behind keep nobody waiting for it. */
function newestFirst(mirrors: readonly Place[]): readonly Place[] {
  return mirrors.toSorted((a, b) => (b.seen.asOf ?? 0) - (a.seen.asOf ?? 0))
}

/**
 * The place to compare: one that withholds heads, or shows others than the rest, is found out by that. One a look, the one
 * that waits longest, so that each has its turn, and slow ones together keep the first waiting no longer than one of them.
 */
function longestDue(places: ReadonlySet<Place>): Place | undefined {
  const due = [...places].filter(({ isDue }) => isDue)
  return due.toSorted((a, b) => a.seen.nextAt - b.seen.nextAt)[0]
}
