import { tell } from '../core/tell.ts'
import { describeRefusal } from '../describe-refusal.ts'
import { ProcuraError } from '../errors.ts'
import type { Refusal } from '../refusal.ts'
import type { VerdictMethods } from '../verifier/evidence.ts'
import { completeRefusal, type PresentationVerdict, type RefusedPresentation } from '../verifier/verdict.ts'

/**
 * Told of every decision about a request, accepted or refused, once and in a turn of its own: for logs, metrics and
 * receipts. Nothing that it does changes the answer: what it returns is not waited for, and what it throws or rejects
 * with is dropped. Later ends of what lasts longer than a request are not decisions about one, and not told.
 */
export type OnVerdict<Request> = (verdict: PresentationVerdict, request: Request) => unknown

/** @returns The verdict. */
export function announce<Request, V extends PresentationVerdict>(
  onVerdict: OnVerdict<Request> | undefined,
  verdict: V,
  request: Request,
): V {
  if (onVerdict !== undefined) tell((decided) => onVerdict(decided, request), verdict)
  return verdict
}

/**
 * The verdict of an adapter that refuses by itself: a body that is too large, a call without a rule. No rule of
 * docs/spec/07-verifying.md was looked at, so its explanation is the sentence alone; it proves nothing about anybody, so
 * there is no receipt of it.
 */
export function ownRefusal(refusal: Refusal): RefusedPresentation {
  const facts = { verified: false as const, refusal: completeRefusal(refusal, false) }
  return Object.assign(Object.create(methodsFor(refusal)), facts)
}

function methodsFor(refusal: Refusal): VerdictMethods {
  return {
    async explain() {
      return {
        verified: false,
        rules: [],
        text: () => `refused, ${refusal.code}: ${describeRefusal(refusal)}`,
      }
    },
    async receipt() {
      throw new ProcuraError(
        'ERR_PROCURA_INVALID_ARGUMENT',
        'nobody has proven to be the presenter: there is nothing to give a receipt for',
      )
    },
  }
}
