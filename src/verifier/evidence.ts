import type { VerifiedChain } from '../delegation/open-chain.ts'
import { ProcuraError } from '../errors.ts'
import type { Signer } from '../model/signer.ts'
import type { StatusView } from '../status/status-view.ts'
import type { TrustConfiguration } from './configured-trust.ts'
import type { Acceptance } from './describe-presentation.ts'
import type { Explanation } from './explain.ts'
import type { Presentation, Question, VerifyContext } from './presentation.ts'
import type { Reservation } from './reserve-usage.ts'
import type { RuleName } from './rules.ts'
import type { PresentationRefusal } from './verdict.ts'

/** What a verdict rests on. It stays in the process and is no member of the verdict: verdicts are logged. */
export interface Evidence {
  readonly context: VerifyContext
  readonly question: Question
  /** When it was decided, in milliseconds since 1970. */
  readonly now: number
  /** Absent when what was presented could not be read. */
  readonly presentation?: Presentation
  readonly accepted?: {
    readonly chain: VerifiedChain
    readonly acceptance: Acceptance
    readonly reservation?: Reservation
  }
  /** The status that was held, where there is a chain. */
  readonly view?: StatusView
  /** Whom the operator trusted. */
  readonly trust: TrustConfiguration
  /** The rule that was broken; absent when all were kept. */
  readonly broken?: RuleName
  /** The last rule that was kept before the broken one, kept at first, was applied once more. */
  readonly after?: RuleName
  readonly refusal?: PresentationRefusal
}

/** What can be asked of a verdict afterwards. The code for it is loaded when it is asked for. */
export interface VerdictMethods {
  /** Says of each rule, in the order of checking, whether it was kept. Names rules and limits; no token, key or claim. */
  explain(): Promise<Explanation>

  /**
   * A receipt: what was presented and decided, signed, to be verified for years without this verifier
   * (docs/spec/07-verifying.md "The receipt"). It holds credentials and the request: keep it as what it is, evidence about
   * people. The ask's arguments and the body are in it as digests only.
   *
   * @param signer Key of the service provider, for this use alone; its DID says whose receipt it is.
   * @returns A compact JWS, `procura-receipt+jwt`, of about 15 KiB for three links.
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a refusal without `authenticated`, and for arguments that
   *   JSON cannot express; `ERR_PROCURA_INVALID_KEY` when the signature does not verify under the signer's own key;
   *   `ERR_PROCURA_PAYLOAD_TOO_LARGE`.
   */
  receipt(signer: Signer): Promise<string>
}

/** What an accepted verdict can do besides. */
export interface AcceptedMethods extends VerdictMethods {
  /**
   * Gives back what the request took from limits that are counted (`count`, `budget`), because the action did not take
   * place; without it, it is used. Works once and never rejects: what the store does not take back stays used.
   */
  release(): Promise<void>
}

/** The facts of a verdict are its own members, for comparing, copying and logging; what they rest on is none. */
class Decided implements VerdictMethods {
  readonly #evidence: Evidence

  constructor(facts: object, evidence: Evidence) {
    Object.assign(this, facts)
    this.#evidence = evidence
  }

  async explain(): Promise<Explanation> {
    const { explain } = await import('./explain.ts')
    return explain(this.#evidence)
  }

  async receipt(signer: Signer): Promise<string> {
    const { writeReceipt } = await import('./receipt/write-receipt.ts')
    return writeReceipt(this.#evidence, signer)
  }

  /** What a verdict rests on; `undefined` for anything else. */
  static evidenceOf(verdict: object): Evidence | undefined {
    return #evidence in verdict ? verdict.#evidence : undefined
  }
}

class Accepted extends Decided implements AcceptedMethods {
  async release(): Promise<void> {
    await evidenceOf(this).accepted?.reservation?.release()
  }
}

/** Gives the facts of a verdict its methods. */
export function toVerdict<T extends object>(facts: T, evidence: Evidence): T & VerdictMethods {
  return new Decided(facts, evidence) as T & Decided
}

/** The same for a verdict that accepts. */
export function toAcceptedVerdict<T extends object>(facts: T, evidence: Evidence): T & AcceptedMethods {
  return new Accepted(facts, evidence) as T & Accepted
}

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what is no verdict of a verifier of this process. */
export function evidenceOf(verdict: object): Evidence {
  const evidence = Decided.evidenceOf(verdict)
  if (evidence !== undefined) return evidence
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    'this is no verdict as a verifier returned it; a copy of one has its facts but not what they rest on',
  )
}
