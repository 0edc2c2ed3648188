import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import { parseChain } from '../delegation/parse-chain.ts'
import type { PresentedRequest } from '../model/presented-request.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { parseAgentDelegation, parseReference } from '../securing/http-signature/agent-delegation.ts'
import { claimedTyp } from '../securing/vc-jose/compact-jws.ts'
import { VP_JWT_TYPE } from '../securing/vc-jose/presentation.ts'
import type { Presentation, VerifyContext } from './presentation.ts'
import { verifyProof } from './verify-proof.ts'

const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i

/**
 * Steps 1-3 of docs/spec/07-verifying.md: limits, strict parse, shape and joining. Pure but for reading the cache.
 *
 * A request presents in one way: with `Agent-Delegation` and a signature, or with a presentation token as bearer. A
 * bearer token of any other kind is nothing to us.
 *
 * @returns `chain_required` when the request presents nothing, or a chain that is not kept; `malformed` when it does so in both ways.
 */
export function readPresentation(
  request: PresentedRequest,
  context: VerifyContext,
): MaybePromise<Verdict<Presentation>> {
  const field = request.header('agent-delegation')
  const token = presentationTokenIn(request.header('authorization'))
  if (field !== undefined) {
    return token === undefined
      ? readField(field, request, context)
      : refuse('malformed', { dimension: 'authorization' })
  }
  if (token === undefined) return refuse('chain_required', { dimension: 'agent-delegation' })
  return import('./verify-token.ts').then(({ readToken }) => readToken(token, context))
}

function presentationTokenIn(authorization: string | undefined): string | undefined {
  const token = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1]
  return token !== undefined && claimedTyp(token) === VP_JWT_TYPE ? token : undefined
}

function readField(
  field: string,
  request: PresentedRequest,
  context: VerifyContext,
): MaybePromise<Verdict<Presentation>> {
  return andThen(textsOf(field, context), (texts) =>
    texts.verified ? presentedBy(request, texts.value, context) : texts,
  )
}

function textsOf(field: string, context: VerifyContext): MaybePromise<Verdict<readonly string[]>> {
  const digest = parseReference(field)
  if (digest === undefined) return parseAgentDelegation(field)
  return import('./kept-chains.ts').then(({ findChain }) => findChain(digest, context.chains))
}

/** A chain that the signature of a request proves. @param texts Root first. */
export function presentedBy(
  request: PresentedRequest,
  texts: readonly string[],
  context: VerifyContext,
): MaybePromise<Verdict<Presentation>> {
  const { cache, policy } = context
  const { origin, bodyCheckedUpstream } = policy
  return andThen(parseChain(texts, cache.parse), (chain) =>
    chain.verified
      ? accept({
          chain: chain.value,
          form: { type: 'request', request },
          prove: (presenter, now) =>
            verifyProof(request, presenter, now, { ...context, origin, bodyCheckedUpstream }),
        })
      : chain,
  )
}
