import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import { type DidDocument, findVerificationMethod } from '../did/did-document.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { Did } from '../model/did.ts'
import type { PresentedRequest } from '../model/presented-request.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { AGENT_DELEGATION_PROFILE } from '../securing/http-signature/profile.ts'
import {
  parseRequestProof,
  type RequestProof,
  verifyRequestProof,
} from '../securing/http-signature/verify.ts'
import type { ReplayStore } from './ports.ts'
import { useNonce } from './use-nonce.ts'

export interface ProofContext {
  /** Configured external origin; never taken from the request. */
  readonly origin: string
  readonly bodyCheckedUpstream: boolean
  readonly resolver: DidResolver
  readonly replay: ReplayStore
}

/**
 * Step 9 of docs/spec/07-verifying.md: the request was signed, for this origin and just now, by the presenter, and is
 * seen for the first time. The nonce is used up when the signature is good, and only then.
 *
 * Waits only where the platform, the resolver or the replay store does.
 *
 * @param presenter Subject of the last link, whose signature was checked.
 * @param now Milliseconds since 1970.
 * @returns When the proof ends, in milliseconds since 1970; else `holder_proof_invalid`, `replayed`,
 *   `replay_unavailable`, `did_unresolvable`, `limit_exceeded`.
 */
export function verifyProof(
  request: PresentedRequest,
  presenter: Did,
  now: number,
  context: ProofContext,
): MaybePromise<Verdict<number>> {
  const { origin, bodyCheckedUpstream, resolver } = context
  const profile = AGENT_DELEGATION_PROFILE
  const proof = parseRequestProof(request, { profile, origin, now, bodyCheckedUpstream })
  if (!proof.verified) return proof
  if (!proof.value.keyId.startsWith(`${presenter}#`))
    return refuse('holder_proof_invalid', { dimension: 'keyid' })
  return andThen(resolver.resolve(presenter), (document) =>
    document.verified ? verifyWith(document.value, proof.value, context) : document,
  )
}

function verifyWith(
  document: DidDocument,
  proof: RequestProof,
  { replay }: ProofContext,
): MaybePromise<Verdict<number>> {
  const method = findVerificationMethod(document, proof.keyId, 'authentication')
  if (!method.verified) return refuse('holder_proof_invalid', { dimension: 'keyid' })
  return andThen(verifyRequestProof(proof, method.value), (signed) => {
    if (!signed.verified) return signed
    const { nonce, expiresAtMs } = proof
    const { thumbprint: keyThumbprint } = method.value
    const use = { keyThumbprint, tag: AGENT_DELEGATION_PROFILE.tag, nonce, expiresAtMs }
    return andThen(useNonce(replay, use), (used) => (used.verified ? accept(expiresAtMs) : used))
  })
}
