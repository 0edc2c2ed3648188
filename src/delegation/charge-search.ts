import type { Charge } from '../model/constraints/charge.ts'
import { accept, type Refused, refuse, type Verdict } from '../refusal.ts'
import type { LinkCharges } from './charges.ts'

/** What a request takes from one counted limit, whatever number of links state it. */
export interface TotalCharge {
  readonly key: string
  readonly amount: bigint
  /** The smallest that any link states. */
  readonly max: bigint
  /** When the window, or the last credential that states a limit without one, ends. Milliseconds since 1970. */
  readonly endsAt: number
}

/** A link with the entries that may still pay for the request. */
interface Candidate {
  readonly link: number
  readonly validUntil: number
  readonly left: (readonly Charge[])[]
  chosen: readonly Charge[]
  /** When the first of the entries that are used up has something again. */
  refilledAt: number
}

/**
 * Looks for entries, one of each link, that can pay for a request together (docs/spec/03-grants.md "Counted limits").
 * Entries are tried in the order in which they are written. One that is used up cannot become part of a solution, as
 * limits that several links state only get smaller: so none is tried twice, and there is no product of all with all.
 */
export class ChargeSearch {
  readonly #candidates: readonly Candidate[]
  readonly #now: number
  #totals: ReadonlyMap<string, TotalCharge> = new Map()

  /** @param now Milliseconds since 1970. */
  constructor(links: readonly LinkCharges[], now: number) {
    this.#now = now
    this.#candidates = links.map(({ link, validUntil, alternatives }) => ({
      link,
      validUntil,
      left: [...alternatives],
      chosen: [],
      refilledAt: Number.POSITIVE_INFINITY,
    }))
  }

  /**
   * The charges of the first entries that go together, each key once.
   *
   * @returns `constraint_violated` when a link takes another amount from a limit than the links above it do: who
   *   delegates could charge what the limit does not measure.
   */
  choose(): Verdict<readonly TotalCharge[]> {
    const totals = new Map<string, TotalCharge>()
    for (const candidate of this.#candidates) {
      const fitting = candidate.left.find((charges) => charges.every((charge) => agrees(totals, charge)))
      if (fitting === undefined) {
        return refuse('constraint_violated', { link: candidate.link, dimension: 'budget' })
      }
      candidate.chosen = fitting
      for (const charge of fitting) totals.set(charge.key, add(totals.get(charge.key), charge, candidate))
    }
    this.#totals = totals
    return accept([...totals.values()])
  }

  /**
   * Leaves out the entries that are used up.
   *
   * @param exhausted Keys of charges chosen last that do not fit.
   * @returns `usage_exhausted` when a link has no other entry.
   */
  exclude(exhausted: ReadonlySet<string>): Refused | undefined {
    for (const candidate of this.#candidates) {
      const spent = candidate.chosen.filter(
        ({ key, max }) => exhausted.has(key) && max === this.#totals.get(key)?.max,
      )
      const [first] = spent
      if (first === undefined) continue
      candidate.left.splice(candidate.left.indexOf(candidate.chosen), 1)
      candidate.refilledAt = Math.min(candidate.refilledAt, Math.max(...spent.map(refilledAt)))
      if (candidate.left.length === 0) return this.#exhausted(candidate, first)
    }
    return undefined
  }

  #exhausted({ link, refilledAt: at }: Candidate, { kind }: Charge): Refused {
    const seconds = Math.max(1, Math.ceil((at - this.#now) / 1000))
    const retry = Number.isFinite(at) ? { retryAfterSeconds: seconds } : {}
    return refuse('usage_exhausted', { link, dimension: kind, ...retry })
  }
}

function agrees(totals: ReadonlyMap<string, TotalCharge>, { key, amount }: Charge): boolean {
  const above = totals.get(key)
  return above === undefined || above.amount === amount
}

function add(above: TotalCharge | undefined, charge: Charge, { validUntil }: Candidate): TotalCharge {
  const { key, amount, max, endsAt = validUntil } = charge
  if (above === undefined) return { key, amount, max, endsAt }
  return { key, amount, max: max < above.max ? max : above.max, endsAt: Math.max(endsAt, above.endsAt) }
}

/** What has no window is never given anew. */
function refilledAt({ endsAt = Number.POSITIVE_INFINITY }: Charge): number {
  return endsAt
}
