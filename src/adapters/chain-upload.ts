import type { PresentedRequest } from '../model/presented-request.ts'
import type { Verifier } from '../verifier/create-verifier.ts'
import { type Answer, problemOf } from './problem.ts'

/**
 * Answers `POST /.well-known/agent-delegation` (docs/spec/06-presenting.md §1.1), free of any framework: 204 when the
 * chain is kept, else the problem.
 */
export async function answerUpload(verifier: Verifier, request: PresentedRequest): Promise<Answer> {
  const verdict = await verifier.upload(request)
  if (!verdict.verified) return problemOf(verdict.refusal, verifier.origin)
  return { status: 204, headers: { 'cache-control': 'no-store' } }
}
