import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import { lastLink } from '../model/chain.ts'
import { isChainUpload, UPLOAD_TYPE } from '../model/chain-upload.ts'
import type { PresentedRequest } from '../model/presented-request.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { parseReference } from '../securing/http-signature/agent-delegation.ts'
import { digestChain, parseUpload } from '../securing/http-signature/chain-upload.ts'
import type { Presentation, VerifyContext } from './presentation.ts'
import { presentedBy } from './read-presentation.ts'
import { completeRefusal, type UploadVerdict } from './verdict.ts'
import {
  type AcceptedPresentation,
  acceptPresentation,
  type RejectedPresentation,
  rejectReading,
} from './verify-presentation.ts'

/** A chain that was sent in advance, and what stands for it. */
interface Upload {
  readonly digest: string
  readonly texts: readonly string[]
  readonly presentation: Presentation
}

/**
 * Verifies a chain that is sent in advance and keeps it: every step but the authorization of an action. It is read
 * from the body, which the presenter's signature covers; `Agent-Delegation` is the reference to it.
 *
 * Status may be as old as the most tolerant action allows: each use is verified anew.
 */
export async function uploadChain(request: PresentedRequest, context: VerifyContext): Promise<UploadVerdict> {
  const upload = await readUpload(request, context)
  if (!upload.verified) return refuseUpload(rejectReading(upload.refusal))
  const { presentation } = upload.value
  const question = { ask: undefined, target: request.target }
  const accepted = await acceptPresentation({ presentation, question, context })
  return accepted.verified ? keep(upload.value, accepted, context) : refuseUpload(accepted)
}

function refuseUpload({ refusal, authenticated }: RejectedPresentation): UploadVerdict {
  return { verified: false, refusal: completeRefusal(refusal, authenticated) }
}

function readUpload(request: PresentedRequest, context: VerifyContext): MaybePromise<Verdict<Upload>> {
  const field = request.header('agent-delegation')
  if (field === undefined) return refuse('chain_required', { dimension: 'agent-delegation' })
  if (!isChainUpload(request)) return refuse('malformed', { dimension: 'target' })
  if (request.header('content-type') !== UPLOAD_TYPE)
    return refuse('malformed', { dimension: 'content-type' })
  const upload = parseUpload(request.body ?? new Uint8Array())
  if (!upload.verified) return upload
  const { texts, ...staple } = upload.value
  const digest = digestChain(texts)
  if (parseReference(field) !== digest) return refuse('malformed', { dimension: 'agent-delegation' })
  return andThen(presentedBy(request, texts, context), (presentation) =>
    presentation.verified
      ? accept({ digest, texts, presentation: { ...presentation.value, ...staple } })
      : presentation,
  )
}

async function keep(
  { digest, texts }: Upload,
  { chain }: AcceptedPresentation,
  { chains }: VerifyContext,
): Promise<UploadVerdict> {
  const expiresAt = Math.min(...chain.map(({ credential }) => credential.validUntil))
  const presenter = lastLink(chain).credential.subject.id
  const agent = (chain[1] ?? chain[0]).credential.subject.id
  const kept = { texts, authority: chain[0].credential.issuer, presenter, agent, expiresAt }
  return (await chains.put(digest, kept))
    ? { verified: true, expiresAt }
    : { verified: false, refusal: completeRefusal({ code: 'limit_exceeded', dimension: 'chains' }, true) }
}
