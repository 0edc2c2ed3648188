import type { PresentedRequest } from '../model/presented-request.ts'
import type { Verifier } from '../verifier/create-verifier.ts'
import type { RefusedPresentation } from '../verifier/verdict.ts'
import { ownRefusal } from './on-verdict.ts'
import { type Answer, problemOf } from './problem.ts'

/**
 * Answers `POST /.well-known/agent-delegation` (docs/spec/06-presenting.md §1.1), free of any framework: 204 when the
 * chain is kept, else the problem.
 *
 * @param onRefused Told of a refusal. What is accepted allows nothing yet.
 */
export async function answerUpload(
  verifier: Verifier,
  request: PresentedRequest,
  onRefused: (verdict: RefusedPresentation) => unknown,
): Promise<Answer> {
  const verdict = await verifier.upload(request)
  if (!verdict.verified) {
    onRefused(ownRefusal(verdict.refusal))
    return problemOf(verdict.refusal, verifier.origin)
  }
  return { status: 204, headers: { 'cache-control': 'no-store' } }
}
