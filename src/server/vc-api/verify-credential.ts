import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { isJsonArray, isJsonObject, type JsonObject, member } from '../../core/json.ts'
import { accept, type Verdict } from '../../refusal.ts'
import type { ProofPurpose } from '../../securing/data-integrity/proof.ts'
import { verifyDataIntegrity } from '../../securing/data-integrity/verify.ts'
import { ENVELOPED_CREDENTIAL } from '../../securing/vc-jose/presentation.ts'
import { type GenericCredential, readCredential } from '../../vcdm/credential.ts'
import { isEnvelope, readEnvelope } from '../../vcdm/envelope.ts'
import { CREDENTIAL_TERMS } from '../../vcdm/terms.ts'
import { checkStatus } from './credential-status.ts'
import { type Instance, versionsOf } from './instance.ts'
import { openEnvelope } from './open-envelope.ts'
import { type Checked, failed, ofDocument, ofEnvelope, ofProof } from './problems.ts'
import type { Audience } from './secure.ts'
import { FURTHER_CONTEXTS, findUndefined } from './terms.ts'

/** What a proof must say. */
export interface ProofOptions extends Audience {
  /** Default `assertionMethod`. */
  readonly proofPurpose?: ProofPurpose
}

/**
 * Verifies a credential of any kind, with a proof or in an envelope: its form, who secured it, that every term is
 * defined, validity, status (VCDM 2.0 §7.1). Never rejects.
 *
 * @param object As strict JSON reads it. @returns The credential without its envelope, or the first problem.
 */
export async function verifyCredential(
  object: JsonObject,
  options: ProofOptions,
  instance: Instance,
): Promise<Checked<GenericCredential>> {
  const isEnveloped = isEnvelope(object, ENVELOPED_CREDENTIAL)
  const secured = isEnveloped ? await open(object, instance) : checkEmbedded(object, instance)
  if (!secured.verified) return secured
  if (!isEnveloped) {
    const proven = await verifyProof(object, options, instance)
    if (!proven.verified) return ofProof(proven.refusal)
  }
  const judged = await judge(secured.value, instance)
  return judged.verified ? secured : judged
}

async function open(object: JsonObject, instance: Instance): Promise<Checked<GenericCredential>> {
  const envelope = readEnvelope(object, ENVELOPED_CREDENTIAL)
  if (!envelope.verified) return ofDocument(envelope.refusal)
  const opened = await openEnvelope(envelope.value, 'vc', {}, instance)
  return opened.verified ? readForm(opened.value.document, instance) : ofEnvelope(opened.refusal)
}

function checkEmbedded(object: JsonObject, instance: Instance): Checked<GenericCredential> {
  const credential = readForm(object, instance)
  if (!credential.verified || member(object, 'proof') !== undefined) return credential
  return failed('PROOF_VERIFICATION_ERROR', 'malformed: proof')
}

function readForm(document: JsonObject, instance: Instance): Checked<GenericCredential> {
  const credential = readCredential(document, { versions: versionsOf(instance) })
  return credential.verified ? credential : ofDocument(credential.refusal)
}

/**
 * Verifies the proofs of a document. A proof may be for a domain and answer a challenge that nobody asks about; then
 * it is taken at its word.
 */
export async function verifyProof(
  document: JsonObject,
  { proofPurpose = 'assertionMethod', ...asked }: ProofOptions,
  { resolver, clock }: Instance,
): Promise<Verdict<Verified>> {
  const audience = { ...audienceOf(document), ...asked }
  const options = { proofPurpose, resolver, now: clock(), contexts: FURTHER_CONTEXTS, ...audience }
  const verified = await verifyDataIntegrity(document, options)
  if (!verified.verified) return verified
  const controllers = verified.value.proofs.map(({ controller }) => controller)
  return accept({ controllers, ...(audience.challenge !== undefined && { challenge: audience.challenge }) })
}

/** Whose keys signed, and the challenge that they answered. */
export interface Verified {
  readonly controllers: readonly string[]
  readonly challenge?: string
}

function audienceOf(document: JsonObject): Audience {
  const proof = member(document, 'proof')
  const first = isJsonArray(proof) ? proof[0] : proof
  const { domain, challenge } = isJsonObject(first) ? first : {}
  return {
    ...(typeof domain === 'string' && { domain }),
    ...(typeof challenge === 'string' && { challenge }),
  }
}

/** What is to be said of a credential once its form and its securing are good. */
export async function judge(credential: GenericCredential, instance: Instance): Promise<Checked<undefined>> {
  const { proof: _, ...document } = credential.document
  const undefinedTerm = await findUndefined(document, CREDENTIAL_TERMS[credential.version])
  if (undefinedTerm !== undefined) return ofDocument(undefinedTerm.refusal)
  const now = instance.clock()
  const { validFrom = now, validUntil = now } = credential
  if (validFrom > now + CLOCK_SKEW_MS) return failed('RANGE_ERROR', 'not_yet_valid: validFrom')
  if (validUntil < now - CLOCK_SKEW_MS) return failed('RANGE_ERROR', 'expired: validUntil')
  return checkStatus(credential.status, instance)
}
