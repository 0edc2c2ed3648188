import { accept, type Verdict } from '../refusal.ts'
import { type LookBy, Place, type PlacePorts, type PlaceState } from './place.ts'

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
   * Looks at one place after the other until one shows a head that is of now, and at every place that was not looked at
   * for long: one that withholds heads, or shows others than the rest, is found out within that time. Those that failed
   * are left alone for a while, the first only while another shows a head of now.
   *
   * @returns As the look that found such a head; where none did, as the last look at the first place.
   */
  async look(look: LookBy, head: string): Promise<Verdict<void>> {
    const isAlone = this.#mirrors.length === 0
    const isLeft = this.#first.isResting
    let isCurrent = false
    for (const place of [this.#first, ...this.#mirrors]) {
      if (place.isResting || (isCurrent && !place.isDue)) continue
      if (await place.look(look, head, isAlone)) isCurrent = true
    }
    if (isLeft && !isCurrent) isCurrent = await this.#first.look(look, head, isAlone)
    return isCurrent ? FOUND : (this.#first.outcome ?? FOUND)
  }
}
