import type { VerifiedChain } from '../../delegation/open-chain.ts'
import { parseLink } from '../../delegation/parse-link.ts'
import { parseUnorderedChain } from '../../delegation/parse-unordered-chain.ts'
import { findVerificationMethod } from '../../did/did-document.ts'
import type { DidResolver } from '../../did/resolve-did.ts'
import { lastLink } from '../../model/chain.ts'
import { accept, type Refused, refuse, type Verdict } from '../../refusal.ts'
import { parseAgentDelegation, parseReference } from '../../securing/http-signature/agent-delegation.ts'
import { AGENT_DELEGATION_PROFILE } from '../../securing/http-signature/profile.ts'
import { proofInvalid } from '../../securing/http-signature/proof-invalid.ts'
import { parseRecordedProof, type RecordedProof } from '../../securing/http-signature/recorded-proof.ts'
import { verifyRequestProof } from '../../securing/http-signature/verify.ts'
import { parseVpJwt } from '../../securing/vc-jose/parse-vp-jwt.ts'
import type { Receipt } from './receipt.ts'

/** What the presenter's own proof says beside the chain. */
export interface ProvenPresentation {
  /** HTTP method of a signed request. */
  readonly method?: string
}

/**
 * Checks once more, as of then, that the presenter of a chain presented exactly that chain to that audience: step 9 of
 * docs/spec/07-verifying.md, without the nonce, which is used up.
 *
 * @returns What the ways of presenting refuse; `chain_broken` when another chain was presented.
 */
export function provePresented(
  receipt: Receipt,
  chain: VerifiedChain,
  resolver: DidResolver,
): Promise<Verdict<ProvenPresentation>> {
  const { presented } = receipt
  const given = { receipt, chain, resolver }
  switch (presented.type) {
    case 'request':
      return proveRequest(presented, given)
    case 'token':
      return proveToken(presented.token, given)
    case 'document':
      return proveDocument(presented.document, given)
  }
}

interface Given {
  readonly receipt: Receipt
  readonly chain: VerifiedChain
  readonly resolver: DidResolver
}

async function proveRequest(
  record: RecordedProof,
  { receipt, chain, resolver }: Given,
): Promise<Verdict<ProvenPresentation>> {
  const origin = receipt.audience.slice(0, -1)
  const options = { profile: AGENT_DELEGATION_PROFILE, origin, now: receipt.decidedAt }
  const request = parseRecordedProof(record, options)
  if (!request.verified) return request
  if (request.value.target !== receipt.target) return proofInvalid('@target-uri')
  const another = refuseField(request.value.header('agent-delegation') ?? '', receipt)
  if (another !== undefined) return another
  const presenter = lastLink(chain).credential.subject.id
  const document = await resolver.resolve(presenter)
  if (!document.verified) return document
  const { keyId, method } = request.value
  const key = findVerificationMethod(document.value, keyId, 'authentication')
  if (!key.verified) return proofInvalid('keyid')
  const signed = await verifyRequestProof(request.value, key.value)
  return signed.verified ? accept({ method }) : signed
}

/** The field held the chain, or the reference to it. */
function refuseField(field: string, { chain, chainDigest }: Receipt): Refused | undefined {
  const digest = parseReference(field)
  const texts = parseAgentDelegation(field)
  const isSame = digest === undefined ? texts.verified && isEqual(texts.value, chain) : digest === chainDigest
  return isSame ? undefined : another('agent-delegation')
}

async function proveToken(text: string, given: Given): Promise<Verdict<ProvenPresentation>> {
  const { receipt, chain, resolver } = given
  const token = parseVpJwt(text)
  if (!token.verified) return token
  if (token.value.audience !== receipt.audience) return refuse('audience_mismatch', { dimension: 'aud' })
  if (!(await holds(token.value.texts, receipt))) return another('token')
  const { refuseClaims, verifyTokenSignature } = await import('../verify-token.ts')
  const presenter = lastLink(chain).credential.subject.id
  const presented = { token: token.value, presenter, now: receipt.decidedAt }
  const refused = refuseClaims(presented)
  if (refused !== undefined) return refused
  const signed = await verifyTokenSignature(presented, resolver)
  return signed.verified ? accept({}) : signed
}

async function proveDocument(text: string, given: Given): Promise<Verdict<ProvenPresentation>> {
  const { receipt, chain, resolver } = given
  const { parseVpDataIntegrity } = await import('../../securing/data-integrity/parse-vp-data-integrity.ts')
  const document = parseVpDataIntegrity(text)
  if (!document.verified) return document
  if (!(await holds(document.value.texts, receipt))) return another('document')
  const { challenge } = document.value.proven.proof
  if (challenge === undefined) return proofInvalid('proof.challenge')
  const { verifyDocumentProof } = await import('../verify-document.ts')
  const presenter = lastLink(chain).credential.subject.id
  const proof = { document: document.value, challenge, presenter, now: receipt.decidedAt }
  const signed = await verifyDocumentProof(proof, receipt.audience, resolver)
  return signed.verified ? accept({}) : signed
}

/** Whether the credentials of a presentation, in whatever order, are the chain of the receipt. */
async function holds(texts: readonly string[], { chain }: Receipt): Promise<boolean> {
  const presented = await parseUnorderedChain(texts, parseLink)
  return (
    presented.verified &&
    isEqual(
      presented.value.map(({ token }) => token),
      chain,
    )
  )
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i])
}

function another(dimension: string): Refused {
  return refuse('chain_broken', { dimension })
}
