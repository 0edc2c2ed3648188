import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { findVerificationMethod, type VerificationMethod } from '../../did/did-document.ts'
import type { DidResolver } from '../../did/resolve-did.ts'
import type { Cryptosuite } from '../../model/chain.ts'
import type { Did, DidUrl } from '../../model/did.ts'
import { accept, type Refused, refuse, type Verdict } from '../../refusal.ts'
import { verifyCompactJws } from '../vc-jose/compact-jws.ts'
import { algorithmOfSuite } from './cryptosuite.ts'
import type { FurtherContexts } from './further-contexts.ts'
import { hashData } from './hash-data.ts'
import type { DataIntegrityProof, ProofPurpose } from './proof.ts'
import type { ProvenDocument, SecuredDocument } from './secured-document.ts'

/** What a proof must say, and who may be asked for keys. */
export interface VerifyProofsOptions {
  readonly proofPurpose: ProofPurpose
  readonly resolver: DidResolver
  /** Milliseconds since 1970. */
  readonly now: number
  /** How far the signer's clock may be off, in milliseconds. Default 30 s. */
  readonly skewMs?: number
  /** Whom the proof must be for. Default: a proof that is for anybody in particular is refused. */
  readonly domain?: string
  /** The challenge that the proof must repeat. Default: a proof that repeats any is refused. */
  readonly challenge?: string
  /** JSON-LD contexts beside those of contexts/README.md. Default none. */
  readonly contexts?: FurtherContexts
}

/** A proof that was found good. Times are milliseconds since 1970. */
export interface VerifiedProof {
  readonly cryptosuite: Cryptosuite
  readonly verificationMethod: DidUrl
  /** Whose key it is: the DID under which the method lies and that controls it. */
  readonly controller: Did
  /** RFC 7638 thumbprint of the key. */
  readonly thumbprint: string
  readonly id?: string
  readonly created?: number
  readonly expires?: number
}

/**
 * Verifies every proof of a set or chain (VC-DI §4.4, §4.5); one that is not good refuses the whole. What is cheap to
 * see is looked at in all of them first. Never rejects.
 *
 * @returns In the order of the document. Else `key_not_authorized`, `not_yet_valid`, `expired`, `audience_mismatch`
 * (domain), `holder_proof_invalid` (challenge), `signature_invalid`, what the resolver and canonicalization refuse.
 */
export async function verifyProofs(
  proofs: SecuredDocument['proofs'],
  options: VerifyProofsOptions,
): Promise<Verdict<readonly VerifiedProof[]>> {
  for (const { proof } of proofs) {
    const refused = findUnfit(proof, options)
    if (refused !== undefined) return refused
  }
  const good: VerifiedProof[] = []
  for (const proven of proofs) {
    const verified = await verifyProof(proven, options)
    if (!verified.verified) return verified
    good.push(verified.value)
  }
  return accept(good)
}

function findUnfit(proof: DataIntegrityProof, options: VerifyProofsOptions): Refused | undefined {
  const { now, skewMs = CLOCK_SKEW_MS, domain, challenge } = options
  const { created = now, expires = Number.POSITIVE_INFINITY } = proof
  const wanted = domain === undefined ? [] : [domain]
  if (proof.proofPurpose !== options.proofPurpose) {
    return refuse('key_not_authorized', { dimension: 'proof.proofPurpose' })
  }
  if (!(created <= now + skewMs)) return refuse('not_yet_valid', { dimension: 'proof.created' })
  if (!(now - skewMs < expires)) return refuse('expired', { dimension: 'proof.expires' })
  if (!isSameSet(proof.domains, wanted)) return refuse('audience_mismatch', { dimension: 'proof.domain' })
  if (proof.challenge !== challenge) return refuse('holder_proof_invalid', { dimension: 'proof.challenge' })
  return undefined
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.every((one) => b.includes(one)) && b.every((one) => a.includes(one))
}

async function verifyProof(
  proven: ProvenDocument,
  { resolver, proofPurpose, contexts }: VerifyProofsOptions,
): Promise<Verdict<VerifiedProof>> {
  const { cryptosuite, verificationMethod, signature } = proven.proof
  const document = await resolver.resolve(verificationMethod.slice(0, verificationMethod.indexOf('#')))
  if (!document.verified) return document
  const method = findVerificationMethod(document.value, verificationMethod, proofPurpose)
  if (!method.verified) return method
  const signingInput = await hashData(cryptosuite, proven, contexts)
  if (!signingInput.verified) return signingInput
  const algorithm = algorithmOfSuite(cryptosuite)
  const signed = await verifyCompactJws(
    { algorithm, signature, signingInput: signingInput.value },
    method.value,
  )
  return signed.verified ? accept(verifiedProof(proven.proof, method.value)) : signed
}

function verifiedProof(proof: DataIntegrityProof, method: VerificationMethod): VerifiedProof {
  const { cryptosuite, verificationMethod, id, created, expires } = proof
  return {
    cryptosuite,
    verificationMethod,
    controller: method.controller,
    thumbprint: method.thumbprint,
    ...(id !== undefined && { id }),
    ...(created !== undefined && { created }),
    ...(expires !== undefined && { expires }),
  }
}
