import { verifySignature } from '#crypto'
import type { MaybePromise } from '../../core/maybe-promise.ts'
import type { VerificationMethod } from '../../did/did-document.ts'
import type { PresentedRequest } from '../../model/presented-request.ts'
import { accept, type Verdict } from '../../refusal.ts'
import { algorithmOf } from '../key-type.ts'
import { checkBody, checkStatedDigest, hasBody, isBodyElsewhere } from './body.ts'
import { checkCoverage } from './coverage.ts'
import type { RequestProfile } from './profile.ts'
import { proofInvalid } from './proof-invalid.ts'
import { type ProofParameters, readParameters } from './proof-parameters.ts'
import { selectSignature } from './select-signature.ts'
import { buildSignatureBase } from './signature-base.ts'
import type { SignatureInput } from './structured-fields.ts'

/** A request signature that was read and is timely, but whose signature nobody has checked. */
export interface RequestProof extends ProofParameters {
  readonly signatureBase: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
}

export interface RequestProofOptions {
  readonly profile: RequestProfile
  /** Configured external origin, `https://mail.example`; never taken from the request. */
  readonly origin: string
  /** Milliseconds since 1970. */
  readonly now: number
  /**
   * Whether somebody else is given the body and compares it with `content-digest`: then one that is not given here counts
   * as what the covered field says. Default false: it is refused.
   */
  readonly bodyCheckedUpstream?: boolean
}

/**
 * Reads the one signature of a request that has the profile's tag (docs/spec/06-presenting.md §1; RFC 9421, RFC 9530):
 * exactly the components and parameters of the profile, timely, the digest recomputed over the received body.
 *
 * Pure, and no signature is checked. Signatures with other tags are passed over; two with this one are refused.
 *
 * @returns `holder_proof_invalid` with the part at fault as dimension, or `limit_exceeded`.
 */
export function parseRequestProof(
  request: PresentedRequest,
  options: RequestProofOptions,
): Verdict<RequestProof> {
  const selected = selectSignature(request, options.profile.tag)
  if (!selected.verified) return selected
  const { input, signature } = selected.value
  const parameters = readParameters(input.parameters, options.now)
  if (!parameters.verified) return parameters
  const isElsewhere = options.bodyCheckedUpstream === true && isBodyElsewhere(request)
  const isCovered = isElsewhere || hasBody(request)
  const coverage = checkCoverage(request, options.profile, input.components, isCovered)
  if (!coverage.verified) return coverage
  const body = isElsewhere ? checkStatedDigest(request) : checkBody(request)
  if (!body.verified) return body
  const signatureBase = baseOf(request, options.origin, input)
  if (signatureBase === undefined) return proofInvalid('components')
  return accept({ ...parameters.value, signatureBase, signature })
}

function baseOf(request: PresentedRequest, origin: string, input: SignatureInput): Uint8Array | undefined {
  if (!request.target.startsWith('/')) return undefined
  const signed = {
    method: request.method,
    targetUri: origin + request.target,
    header: (name: string) => request.header(name),
  }
  return buildSignatureBase(signed, input.components, input.text)
}

const VERIFIED: Verdict<void> = accept(undefined)
const INVALID: Verdict<void> = proofInvalid('signature')

/**
 * Checks the signature of a request. The caller chose `method` by `keyId`, under `authentication`.
 *
 * @returns `holder_proof_invalid`, also when `alg` does not belong to the type of the key. A promise only where the
 *   platform verifies asynchronously; it never rejects.
 */
export function verifyRequestProof(
  proof: Pick<RequestProof, 'algorithm' | 'signatureBase' | 'signature'>,
  method: Pick<VerificationMethod, 'key'>,
): MaybePromise<Verdict<void>> {
  const { key } = method
  if (proof.algorithm !== undefined && proof.algorithm !== algorithmOf(key.type)) {
    return proofInvalid('alg')
  }
  const valid = verifySignature(key, proof.signatureBase, proof.signature)
  return typeof valid === 'boolean' ? verdictOf(valid) : valid.then(verdictOf)
}

function verdictOf(valid: boolean): Verdict<void> {
  return valid ? VERIFIED : INVALID
}
