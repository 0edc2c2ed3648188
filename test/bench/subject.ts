/** What a subject is shown before it is timed, and the answer that it has to give. */
export interface Trial<T> {
  readonly what: 'good' | 'revoked' | 'forged'
  readonly item: T
}

/** Something that verifies. */
export interface Subject<T> {
  readonly name: string
  /** Each is shown once. All of them are good, unless `expected` says otherwise. */
  readonly items: readonly T[]
  /** Answers `verified`, or anything else for a refusal. It may throw to refuse. */
  act(item: T): unknown
  /** Default `verified`. */
  readonly expected?: string
  readonly trials: readonly Trial<T>[]
}

/** What a subject answers; an exception is a refusal by its name. */
async function answerOf<T>({ act }: Pick<Subject<T>, 'act'>, item: T): Promise<unknown> {
  try {
    return await act(item)
  } catch (error) {
    return `threw ${error instanceof Error ? error.name : typeof error}`
  }
}

/**
 * Proves that a subject accepts what is good and refuses what is not: what accepts everything is fast. Whoever does not
 * look at status has no trial with a revoked link, and docs/performance.md says so.
 *
 * @throws {Error} for a subject that answers otherwise, or that is shown nothing good or nothing bad.
 */
export async function proveSubject<T>(subject: Subject<T>): Promise<void> {
  const kinds = new Set(subject.trials.map(({ what }) => what))
  if (!kinds.has('good') || !kinds.has('forged')) throw new Error(`${subject.name} is not put to the test`)
  for (const { what, item } of subject.trials) {
    const answer = await answerOf(subject, item)
    if ((answer === 'verified') !== (what === 'good'))
      throw new Error(`${subject.name} answers ${String(answer)} to what is ${what}`)
  }
}

/** Acts, and does not let an answer pass that nobody expected. */
export async function actAsExpected<T>(subject: Subject<T>, item: T): Promise<void> {
  const answer = await subject.act(item)
  const { expected = 'verified' } = subject
  if (answer !== expected) throw new Error(`${subject.name} answers ${String(answer)} and not ${expected}`)
}
