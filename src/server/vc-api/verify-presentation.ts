import { type JsonObject, member } from '../../core/json.ts'
import { ENVELOPED_CREDENTIAL } from '../../securing/vc-jose/presentation.ts'
import { type GenericCredential, readCredential } from '../../vcdm/credential.ts'
import { ENVELOPED_PRESENTATION, isEnvelope, readEnvelope } from '../../vcdm/envelope.ts'
import { type GenericPresentation, readPresentation } from '../../vcdm/presentation.ts'
import { PRESENTATION_TERMS } from '../../vcdm/terms.ts'
import { type Instance, versionsOf } from './instance.ts'
import { openEnvelope } from './open-envelope.ts'
import { type Checked, failed, ofDocument, ofEnvelope, ofProof } from './problems.ts'
import type { Audience } from './secure.ts'
import { findUndefined } from './terms.ts'
import { judge, type Verified, verifyCredential, verifyProof } from './verify-credential.ts'

/** Most credentials of one presentation; each may cost a signature and a canonicalization. */
const MAX_CREDENTIALS = 16

/** A presentation whose proof, credentials and challenge are good. */
export interface VerifiedPresentation {
  readonly presentation: GenericPresentation
  readonly credentials: readonly GenericCredential[]
}

interface Secured extends Verified {
  readonly presentation: GenericPresentation
}

/**
 * Verifies a presentation of any kind and each credential in it (VCDM 2.0 §4.13, §7.1): who presents is the holder that
 * it names, and a challenge that was issued here is used up. Never rejects.
 *
 * @param asked Domain and challenge that the proof must have. Default: what it says.
 */
export async function verifyPresentation(
  object: JsonObject,
  asked: Audience,
  instance: Instance,
): Promise<Checked<VerifiedPresentation>> {
  const secured = await (isEnvelope(object, ENVELOPED_PRESENTATION)
    ? open(object, asked, instance)
    : checkEmbedded(object, asked, instance))
  if (!secured.verified) return secured
  const { presentation, controllers, challenge } = secured.value
  const { holder } = presentation
  if (holder !== undefined && !controllers.includes(holder)) {
    return failed('INVALID_VERIFICATION_METHOD', 'key_not_authorized: holder')
  }
  const credentials = await verifyAll(secured.value, instance)
  if (!credentials.verified) return credentials
  // After every wait: two presentations with one challenge cannot both get here.
  if (challenge !== undefined && !instance.challenges.consume(challenge)) {
    return failed('INVALID_CHALLENGE_ERROR', 'replayed: challenge')
  }
  return { verified: true, value: { presentation, credentials: credentials.value } }
}

async function open(object: JsonObject, asked: Audience, instance: Instance): Promise<Checked<Secured>> {
  const envelope = readEnvelope(object, ENVELOPED_PRESENTATION)
  if (!envelope.verified) return ofDocument(envelope.refusal)
  const opened = await openEnvelope(envelope.value, 'vp', asked, instance)
  if (!opened.verified) return ofEnvelope(opened.refusal)
  const { document, controller, challenge } = opened.value
  const presentation = await readForm(document, instance)
  if (!presentation.verified) return presentation
  const verified = { controllers: [controller], ...(challenge !== undefined && { challenge }) }
  return { verified: true, value: { presentation: presentation.value, ...verified } }
}

async function checkEmbedded(
  object: JsonObject,
  asked: Audience,
  instance: Instance,
): Promise<Checked<Secured>> {
  const presentation = await readForm(object, instance)
  if (!presentation.verified) return presentation
  if (member(object, 'proof') === undefined) return failed('PROOF_VERIFICATION_ERROR', 'malformed: proof')
  const proven = await verifyProof(object, { ...asked, proofPurpose: 'authentication' }, instance)
  if (!proven.verified) return ofProof(proven.refusal)
  return { verified: true, value: { presentation: presentation.value, ...proven.value } }
}

async function readForm(object: JsonObject, instance: Instance): Promise<Checked<GenericPresentation>> {
  const presentation = readPresentation(object, { versions: versionsOf(instance) })
  if (!presentation.verified) return ofDocument(presentation.refusal)
  if (presentation.value.credentials.length > MAX_CREDENTIALS) {
    return failed('MALFORMED_VALUE_ERROR', 'limit_exceeded: verifiableCredential')
  }
  const { proof: _, verifiableCredential: __, ...document } = object
  const undefinedTerm = await findUndefined(document, PRESENTATION_TERMS)
  return undefinedTerm === undefined ? presentation : ofDocument(undefinedTerm.refusal)
}

async function verifyAll(
  secured: Secured,
  instance: Instance,
): Promise<Checked<readonly GenericCredential[]>> {
  const credentials: GenericCredential[] = []
  for (const object of secured.presentation.credentials) {
    const credential = await verifyOne(object, secured, instance)
    if (!credential.verified) return credential
    credentials.push(credential.value)
  }
  return { verified: true, value: credentials }
}

/**
 * Verifies one credential of a presentation. One that the presenter says of itself has the holder as its issuer, and
 * may do without a proof of its own (VCDM 2.0 §4.13.4).
 */
async function verifyOne(
  object: JsonObject,
  { presentation, controllers }: Secured,
  instance: Instance,
): Promise<Checked<GenericCredential>> {
  const isSecured = member(object, 'proof') !== undefined || isEnvelope(object, ENVELOPED_CREDENTIAL)
  const credential = isSecured
    ? await verifyCredential(object, {}, instance)
    : await readSelfAsserted(object, presentation.holder, instance)
  if (!credential.verified) return credential
  const { issuer } = credential.value
  if (controllers.includes(issuer) && issuer !== presentation.holder) {
    return failed('MALFORMED_VALUE_ERROR', 'malformed: holder')
  }
  return credential
}

async function readSelfAsserted(
  object: JsonObject,
  holder: string | undefined,
  instance: Instance,
): Promise<Checked<GenericCredential>> {
  const credential = readCredential(object, { versions: versionsOf(instance) })
  if (!credential.verified) return ofDocument(credential.refusal)
  if (holder === undefined || credential.value.issuer !== holder) {
    return failed('PROOF_VERIFICATION_ERROR', 'malformed: verifiableCredential.proof')
  }
  const judged = await judge(credential.value, instance)
  return judged.verified ? credential : judged
}
