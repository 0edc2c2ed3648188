import type { VerifiedChain } from '../delegation/open-chain.ts'
import { ProcuraError } from '../errors.ts'
import type { Acceptance } from './describe-presentation.ts'
import type { Explanation } from './explain.ts'
import type { Presentation, Question, VerifyContext } from './presentation.ts'
import type { RuleName } from './rules.ts'

/** What a verdict rests on. It stays in the process and is no member of the verdict: verdicts are logged. */
export interface Evidence {
  readonly context: VerifyContext
  readonly question: Question
  /** When it was decided, in milliseconds since 1970. */
  readonly now: number
  /** Absent when what was presented could not be read. */
  readonly presentation?: Presentation
  readonly accepted?: { readonly chain: VerifiedChain; readonly acceptance: Acceptance }
  /** The rule that was broken; absent when all were kept. */
  readonly broken?: RuleName
}

/** What can be asked of a verdict afterwards. The code for it is loaded when it is asked for. */
export interface VerdictMethods {
  /** Says of each rule, in the order of checking, whether it was kept. Names rules and limits; no token, key or claim. */
  explain(): Promise<Explanation>
}

const EVIDENCE = new WeakMap<object, Evidence>()

const METHODS: VerdictMethods = {
  async explain() {
    const { explain } = await import('./explain.ts')
    return explain(evidenceOf(this))
  },
}

/** Gives the facts of a verdict its methods. Its own members stay the facts, for comparing, copying and logging. */
export function toVerdict<T extends object>(facts: T, evidence: Evidence): T & VerdictMethods {
  const verdict: T & VerdictMethods = Object.assign(Object.create(METHODS), facts)
  EVIDENCE.set(verdict, evidence)
  return verdict
}

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what is no verdict of a verifier of this process. */
export function evidenceOf(verdict: object): Evidence {
  const evidence = EVIDENCE.get(verdict)
  if (evidence !== undefined) return evidence
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    'this is no verdict as a verifier returned it; a copy of one has its facts but not what they rest on',
  )
}
