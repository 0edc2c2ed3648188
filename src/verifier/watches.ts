import { tell } from '../core/tell.ts'
import { ProcuraError } from '../errors.ts'
import { evidenceOf } from './evidence.ts'
import type { VerifyContext } from './presentation.ts'
import { completeRefusal, type PresentationRefusal, type VerifiedPresentation } from './verdict.ts'
import { type Held, HeldWatch, type Watch } from './watch.ts'

/** Most watches of one verifier at the same time, and of one agent with all that it made. */
export const MAX_WATCHES = 10_000
export const MAX_WATCHES_PER_AGENT = 1_000

/**
 * The watches of one verifier (docs/spec/07-verifying.md "Long-lived connections"). Each has one timer. No verdict is kept:
 * what is watched is judged anew at the moment at which something ends that it rests on, and whenever the status of
 * its authority changes.
 */
export class Watches {
  readonly #context: VerifyContext
  readonly #open = new Set<HeldWatch>()

  constructor(context: VerifyContext) {
    this.#context = context
  }

  /**
   * Begins a watch, and judges at once: time has passed since the verdict.
   *
   * @param onEnd Called once, in a turn of its own; what it throws is dropped. `limit_exceeded` when there is no room for one more.
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what is no accepted verdict of this verifier.
   */
  open(verdict: VerifiedPresentation, onEnd: (refusal: PresentationRefusal) => void): Watch {
    const watch = new HeldWatch(heldOf(verdict, this.#context), {
      setTimer: this.#context.setTimer,
      read: (next) => heldOf(next, this.#context),
      onEnd: (refusal) => {
        this.#open.delete(watch)
        if (refusal !== undefined) tell(onEnd, completeRefusal(refusal, true))
      },
    })
    const hasRoom = this.#hasRoomFor(watch.agent)
    this.#open.add(watch)
    if (hasRoom) watch.recheck()
    else watch.end({ code: 'limit_exceeded', dimension: 'watches' })
    return watch
  }

  /** The status of an authority says something else than it did. */
  recheck(authority: string): void {
    for (const watch of this.#open) if (watch.authority === authority) watch.recheck()
  }

  #hasRoomFor(agent: string): boolean {
    if (this.#open.size >= MAX_WATCHES) return false
    let ofAgent = 0
    for (const watch of this.#open) if (watch.agent === agent) ofAgent++
    return ofAgent < MAX_WATCHES_PER_AGENT
  }
}

function heldOf(verdict: VerifiedPresentation, own: VerifyContext): Held {
  const { context, question, presentation, accepted } = evidenceOf(verdict)
  if (context !== own || accepted === undefined || presentation === undefined) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'only a verdict can be watched that this very verifier has accepted',
    )
  }
  const { chain, acceptance } = accepted
  // Without what was received, whose body may be long.
  const { refuse } = presentation
  const watched = refuse === undefined ? { chain } : { chain, refuse }
  return { given: { presentation: watched, question, context }, chain, proofEndsAt: acceptance.proofEndsAt }
}
