import { andThen } from '../core/maybe-promise.ts'
import { MAX_TIMER_MS, type SetTimer } from '../core/timer.ts'
import type { VerifiedChain } from '../delegation/open-chain.ts'
import { lastLink, type ParsedChain } from '../model/chain.ts'
import { accept, type Refusal, type Refused, refuse, type Verdict } from '../refusal.ts'
import { recheckTime } from './describe-presentation.ts'
import type { PresentationVerdict, VerifiedPresentation } from './verdict.ts'
import { acceptAgain, type OpenCase, type Outcome } from './verify-presentation.ts'

/** Something that lasts no longer than an authority does: a stream, a WebSocket, a job. */
export interface Watch {
  /**
   * Goes on with a newer verdict: of the same presenter in the same standing, for the same ask. Nothing else gets beyond
   * the end of the presenter's proof.
   *
   * @returns A refusal when the verdict is one, is another's, is for something else, has ended, ends sooner than the one
   *   before, or comes too late; the watch is then as it was. What is refused by what is known now ends the watch.
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what is no verdict of this verifier.
   */
  renew(verdict: PresentationVerdict): Verdict<void>

  /** Ends the watch because nobody needs it any more: nobody is told. */
  stop(): void
}

/** What is watched. */
export interface Held {
  readonly given: OpenCase
  readonly chain: VerifiedChain
  /** Milliseconds since 1970. */
  readonly proofEndsAt: number
}

export interface WatchPorts {
  readonly setTimer: SetTimer
  /** What an accepted verdict rests on. @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` */
  readonly read: (verdict: VerifiedPresentation) => Held
  /** Called once. Without a refusal it was stopped. */
  readonly onEnd: (refusal?: Refusal) => void
}

/**
 * One watch: judged anew when something ends that it rests on, and whenever it is told to. Ends are exact here: a clock
 * that is off by less than the skew of clocks may begin something, and prolongs nothing.
 */
export class HeldWatch implements Watch {
  readonly #ports: WatchPorts
  #held: Held
  #over: Refused | undefined
  #cancelTimer: () => void = () => undefined

  constructor(held: Held, ports: WatchPorts) {
    this.#held = held
    this.#ports = ports
  }

  get authority(): string {
    return this.#held.chain[0].credential.issuer
  }

  /** DID of the agent that answers for the presenter. */
  get agent(): string {
    return agentDidOf(this.#held.chain)
  }

  renew(verdict: PresentationVerdict): Verdict<void> {
    if (this.#over !== undefined) return this.#over
    if (!verdict.verified) return { verified: false, refusal: verdict.refusal }
    const next = this.#ports.read(verdict)
    if (standingOf(next.chain) !== standingOf(this.#held.chain))
      return refuse('holder_proof_invalid', { dimension: 'presenter' })
    if (!isSame(next.given.question, this.#held.given.question))
      return refuse('not_authorized', { dimension: 'ask' })
    const ended =
      endOf(next, next.given.context.clock()) ?? (isOlder(next, this.#held) ? PROOF_ENDED : undefined)
    if (ended !== undefined) return { verified: false, refusal: ended }
    this.#held = next
    this.recheck()
    return this.#over ?? RENEWED
  }

  stop(): void {
    this.#finish(STOPPED)
  }

  end(refusal: Refusal): void {
    this.#finish({ verified: false, refusal }, refusal)
  }

  /** Judges as of now. Nothing that was decided before counts. */
  recheck(): void {
    if (this.#over !== undefined) return
    const held = this.#held
    const now = held.given.context.clock()
    const ended = endOf(held, now)
    if (ended === undefined) this.#judge(held, now)
    else this.end(ended)
  }

  #judge(held: Held, now: number): void {
    // Whatever has to be waited for, the end of all that is held is not waited past.
    this.#schedule(lastMomentOf(held), now)
    void andThen(acceptAgain(held.given, held.proofEndsAt), (outcome) => this.#conclude(outcome, held))
  }

  #conclude(outcome: Outcome, held: Held): void {
    if (this.#over !== undefined || this.#held !== held) return
    if (outcome.verified)
      this.#schedule(recheckTime(outcome.chain, outcome.acceptance), outcome.acceptance.now)
    else this.end(outcome.refusal)
  }

  #schedule(at: number, now: number): void {
    this.#cancelTimer()
    const delayMs = Math.min(Math.max(at - now, 1), MAX_TIMER_MS)
    this.#cancelTimer = this.#ports.setTimer(() => this.recheck(), delayMs)
  }

  #finish(over: Refused, refusal?: Refusal): void {
    if (this.#over !== undefined) return
    this.#over = over
    this.#cancelTimer()
    this.#ports.onEnd(refusal)
  }
}

const RENEWED: Verdict<void> = accept(undefined)
const PROOF_ENDED: Refusal = { code: 'holder_proof_invalid', dimension: 'expires' }
const STOPPED: Refused = refuse('not_authorized', { dimension: 'watch' })

function endOf({ chain, proofEndsAt }: Held, now: number): Refusal | undefined {
  const link = chain.findIndex(({ credential }) => !(now < credential.validUntil))
  if (link >= 0) return { code: 'expired', link }
  return now < proofEndsAt ? undefined : PROOF_ENDED
}

/** Proofs count in seconds: two of one second end together. */
function isOlder(next: Held, held: Held): boolean {
  return next.proofEndsAt < held.proofEndsAt
}

function lastMomentOf({ chain, proofEndsAt }: Held): number {
  return Math.min(proofEndsAt, ...chain.map(({ credential }) => credential.validUntil))
}

function agentDidOf(chain: ParsedChain): string {
  return (chain[1] ?? chain[0]).credential.subject.id
}

/** Who presents, and for whom: a key that acts for two owners must not change from one to the other. */
function standingOf(chain: ParsedChain): string {
  const [{ credential: owner }] = chain
  const { id, tenant } = owner.subject
  return [owner.issuer, id, agentDidOf(chain), lastLink(chain).credential.subject.id, tenant].join(' ')
}

/** Whether two values have the same members, whatever their order. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [ofA, ofB] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  return (
    ofA.size === ofB.size && [...ofA].every(([name, value]) => ofB.has(name) && isSame(value, ofB.get(name)))
  )
}
