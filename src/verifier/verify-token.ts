import { CLOCK_SKEW_MS } from '../core/clock.ts'
import type { Json } from '../core/json.ts'
import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import { parseUnorderedChain } from '../delegation/parse-unordered-chain.ts'
import { findVerificationMethod, type VerificationMethod } from '../did/did-document.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { Did } from '../model/did.ts'
import { accept, type Refused, refuse, type Verdict } from '../refusal.ts'
import { proofInvalid } from '../securing/http-signature/proof-invalid.ts'
import { verifyCompactJws } from '../securing/vc-jose/compact-jws.ts'
import { type PresentationJwt, parseVpJwt } from '../securing/vc-jose/parse-vp-jwt.ts'
import { MAX_PRESENTATION_SECONDS, VP_JWT_TYPE } from '../securing/vc-jose/presentation.ts'
import { digestRequest, type ProtocolRequest } from '../securing/vc-jose/protocol-request.ts'
import type { Policy } from './policy.ts'
import type { Ask, Presentation, VerifyContext } from './presentation.ts'
import { readQuestion } from './read-question.ts'
import { useNonce } from './use-nonce.ts'
import type { PresentationVerdict } from './verdict.ts'
import { verifyPresentation } from './verify-presentation.ts'

/*
 * Presenting by a token, `vp+jwt` (docs/spec/06-presenting.md §2). Loaded when the first one is met.
 */

/** What a token came with. */
export interface TokenOptions {
  /**
   * What carries the token, as it was received: a token that was signed for one request is refused with any other, and
   * with none. Default: none.
   */
  readonly request?: ProtocolRequest
  /** What the agent brought of the status of its chain, as it was received: in MCP beside the token. Default: nothing. */
  readonly staple?: Json
  /** Request target at which the action takes place, as in `/mcp`; granted locations are compared with it. Default `/`. */
  readonly target?: string
}

/** Decides about a token that did not come in an HTTP request. */
export function verifyToken(
  token: unknown,
  ask: Ask,
  context: VerifyContext,
  { target = '/', ...carried }: TokenOptions = {},
): MaybePromise<PresentationVerdict> {
  const question = readQuestion(ask, target)
  return verifyPresentation(readToken(token, context, carried), question, context)
}

/**
 * Reads a token and the chain in it: steps 1-3 of docs/spec/07-verifying.md.
 *
 * @param token Any value: transports hand on what they were sent.
 */
export function readToken(
  token: unknown,
  context: VerifyContext,
  { request, staple }: Omit<TokenOptions, 'target'> = {},
): MaybePromise<Verdict<Presentation>> {
  if (typeof token !== 'string') return refuse('malformed', { dimension: 'token' })
  const parsed = parseVpJwt(token)
  if (!parsed.verified) return parsed
  return andThen(parseUnorderedChain(parsed.value.texts, context.cache.parse), (chain) =>
    chain.verified
      ? accept({
          chain: chain.value,
          form: { type: 'token', token },
          isReusable: parsed.value.binding === undefined,
          ...(staple === undefined ? {} : { staple }),
          refuse: (action) => refuseUse(parsed.value, action, context.policy),
          prove: (presenter, now) => proveToken({ token: parsed.value, request, presenter, now }, context),
        })
      : chain,
  )
}

/** For whom the token is, and whether a token that anybody could use again is good enough for the action. */
function refuseUse({ audience, binding }: PresentationJwt, action: string, policy: Policy) {
  if (audience !== `${policy.origin}/`) return refuse('audience_mismatch', { dimension: 'aud' })
  return binding !== undefined || policy.bearer.has(action) ? undefined : proofInvalid('bearer')
}

/** A token, and whose it should be. */
export interface PresentedToken {
  readonly token: PresentationJwt
  readonly presenter: Did
  /** Milliseconds since 1970. */
  readonly now: number
}

interface TokenProof extends PresentedToken {
  readonly request: ProtocolRequest | undefined
}

/**
 * Step 9: the token was signed by the presenter, is timely, and is for this very request if it is for one.
 *
 * @returns When it ends, in milliseconds since 1970.
 */
function proveToken(proof: TokenProof, context: VerifyContext): MaybePromise<Verdict<number>> {
  const refused = refuseClaims(proof) ?? refuseRequest(proof)
  if (refused !== undefined) return refused
  return andThen(verifyTokenSignature(proof, context.resolver), (method) => {
    if (!method.verified) return method
    return andThen(spend(proof.token, method.value, context), (spent) =>
      spent.verified ? accept(proof.token.expiresAtMs) : spent,
    )
  })
}

/** @returns The key of the presenter that signed the token. */
export function verifyTokenSignature(
  { token: { jws }, presenter }: PresentedToken,
  resolver: DidResolver,
): MaybePromise<Verdict<VerificationMethod>> {
  return andThen(resolver.resolve(presenter), (document) => {
    const method = document.verified
      ? findVerificationMethod(document.value, jws.kid, 'authentication')
      : document
    if (!method.verified) return document.verified ? proofInvalid('kid') : method
    return andThen(verifyCompactJws(jws, method.value), (signed) =>
      signed.verified ? method : proofInvalid('signature'),
    )
  })
}

/** What a token says of itself. Both time limits are inclusive, as those of request proofs are. */
export function refuseClaims({ token, presenter, now }: PresentedToken): Refused | undefined {
  const { issuer, issuedAtMs, expiresAtMs, jws } = token
  if (issuer !== presenter) return proofInvalid('iss')
  if (!jws.kid.startsWith(`${presenter}#`)) return proofInvalid('kid')
  if (!(issuedAtMs <= now + CLOCK_SKEW_MS)) return proofInvalid('iat')
  const lifetime = expiresAtMs - issuedAtMs
  const isTimely = lifetime > 0 && lifetime <= MAX_PRESENTATION_SECONDS * 1000
  return isTimely && expiresAtMs >= now - CLOCK_SKEW_MS ? undefined : proofInvalid('exp')
}

function refuseRequest({ token: { binding }, request }: TokenProof): Refused | undefined {
  if (binding === undefined) return undefined
  return request !== undefined && digestOf(request) === binding.requestDigest
    ? undefined
    : proofInvalid('requestDigest')
}

/** It comes from outside, too: what JSON cannot express is nothing that anybody signed. */
function digestOf(request: ProtocolRequest): string | undefined {
  try {
    return digestRequest(request)
  } catch {
    return undefined
  }
}

/** What is bound to a request is good once, what is not as often as it is shown until it ends. */
function spend(
  { binding, expiresAtMs }: PresentationJwt,
  { thumbprint }: VerificationMethod,
  { replay }: VerifyContext,
): MaybePromise<Verdict<void>> {
  if (binding === undefined) return accept(undefined)
  return useNonce(replay, {
    keyThumbprint: thumbprint,
    tag: VP_JWT_TYPE,
    nonce: binding.nonce,
    expiresAtMs,
  })
}
