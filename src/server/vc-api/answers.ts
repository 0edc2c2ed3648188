import { json } from '../http/answer.ts'
import type { Mode } from './instance.ts'
import type { Checked, VcProblem } from './problems.ts'

const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** A request that cannot be answered, or a document that is not issued. */
export function refused(problem: VcProblem, status = 400): Response {
  const body = { ...problem, status, problemDetails: [problem] }
  return json(body, status, { 'content-type': PROBLEM_MEDIA_TYPE })
}

/** A request whose caller did not sign in. */
export function signInWanted(): Response {
  return refused(
    { type: 'about:blank', title: 'Unauthorized', detail: 'the header of the operator is missing' },
    401,
  )
}

/**
 * What a verification found. One that failed is 200 with `verified: false` (VCALM §3.3), or 400 with the same members
 * where suites look at the status alone.
 *
 * @param describe What to show of the value.
 */
export function verification<T>(checked: Checked<T>, mode: Mode, describe: (value: T) => object): Response {
  if (checked.verified) return json({ verified: true, ...describe(checked.value), problemDetails: [] })
  const { problem } = checked
  const body = { verified: false, problemDetails: [problem] }
  if (mode === 'vcalm') return json(body)
  return json({ ...problem, status: 400, ...body }, 400, { 'content-type': PROBLEM_MEDIA_TYPE })
}
