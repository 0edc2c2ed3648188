import type { JsonObject } from '../../../src/core/json.ts'
import { openLink } from '../../../src/delegation/open-link.ts'
import { createDidResolver, type DidResolver } from '../../../src/did/resolve-did.ts'
import { CRYPTOSUITES, type Cryptosuite, type ParsedLink } from '../../../src/model/chain.ts'
import type { Did } from '../../../src/model/did.ts'
import type { Signer } from '../../../src/model/signer.ts'
import type { Verdict } from '../../../src/refusal.ts'
import { parseVcDataIntegrity } from '../../../src/securing/data-integrity/parse-vc-data-integrity.ts'
import {
  type SignDataIntegrityOptions,
  signDataIntegrity,
} from '../../../src/securing/data-integrity/sign.ts'
import { type VerifiedProofs, verifyDataIntegrity } from '../../../src/securing/data-integrity/verify.ts'
import type { VerifyProofsOptions } from '../../../src/securing/data-integrity/verify-proofs.ts'
import { agentJson, ownerJson, runJson } from '../../helpers/credentials.ts'
import { acceptedValue, alice, bob, outcomeOf } from '../../helpers/signers.ts'

export { CRYPTOSUITES }

export const resolver: DidResolver = createDidResolver()

/** The one of the two signers whose keys a suite takes. */
export function signerOf(suite: Cryptosuite): Signer {
  return suite.startsWith('eddsa') ? alice : bob
}

export function didOf({ keyId }: Signer): Did {
  return keyId.split('#')[0] as Did
}

/** Links 0, 1 and 2, each by the signer. */
export const ownerBy = (signer: Signer, top = {}): JsonObject =>
  ownerJson({}, { issuer: didOf(signer), ...top })
export const agentBy = (signer: Signer, top = {}): JsonObject =>
  agentJson({}, { issuer: didOf(signer), ...top })
export const runBy = (signer: Signer, top = {}): JsonObject => runJson({}, { issuer: didOf(signer), ...top })

export function sign(
  document: JsonObject,
  suite: Cryptosuite = 'eddsa-jcs-2022',
  options: Partial<SignDataIntegrityOptions> = {},
): Promise<JsonObject> {
  return signDataIntegrity({ document, cryptosuite: suite, signer: signerOf(suite), ...options })
}

/** The link in a document that must be readable. */
export function linkIn(document: JsonObject): ParsedLink {
  return acceptedValue(parseVcDataIntegrity(JSON.stringify(document)))
}

/** A document that is signed, with other members in its only proof; `undefined` removes one. */
export function withProof(document: JsonObject, changes: { readonly [name: string]: unknown }): JsonObject {
  const proof = { ...(document.proof as JsonObject), ...changes }
  return JSON.parse(JSON.stringify({ ...document, proof }))
}

/** What becomes of a text as a link of a chain: read, and then its signatures checked. */
export async function openText(text: string): Promise<string> {
  const link = parseVcDataIntegrity(text)
  return link.verified ? outcomeOf(await openLink(link.value, { resolver })) : outcomeOf(link)
}

export function openDocument(document: JsonObject): Promise<string> {
  return openText(JSON.stringify(document))
}

/** When the documents of these tests are verified. */
export const NOW: number = Date.UTC(2026, 10, 22, 9)

/** What becomes of a document of any kind; by default its proofs are for assertions. */
export function verify(
  document: JsonObject,
  options: Partial<VerifyProofsOptions> = {},
): Promise<Verdict<VerifiedProofs>> {
  return verifyDataIntegrity(document, { proofPurpose: 'assertionMethod', resolver, now: NOW, ...options })
}

export async function verifyOutcome(
  document: JsonObject,
  options: Partial<VerifyProofsOptions> = {},
): Promise<string> {
  return outcomeOf(await verify(document, options))
}
