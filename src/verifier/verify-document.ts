import { encodeUtf8 } from '../core/bytes.ts'
import { CLOCK_SKEW_MS } from '../core/clock.ts'
import type { MaybePromise } from '../core/maybe-promise.ts'
import { parseUnorderedChain } from '../delegation/parse-unordered-chain.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import { ProcuraError } from '../errors.ts'
import { isOverRdf } from '../model/chain.ts'
import type { Did } from '../model/did.ts'
import { accept, type Refused, refuse, type Verdict } from '../refusal.ts'
import {
  type PresentationDocument,
  parseVpDataIntegrity,
} from '../securing/data-integrity/parse-vp-data-integrity.ts'
import { verifyProofs } from '../securing/data-integrity/verify-proofs.ts'
import { proofInvalid } from '../securing/http-signature/proof-invalid.ts'
import { MAX_PRESENTATION_SECONDS } from '../securing/vc-jose/presentation.ts'
import type { Policy } from './policy.ts'
import type { Ask, Presentation, VerifyContext } from './presentation.ts'
import { readQuestion } from './read-question.ts'
import { useNonce } from './use-nonce.ts'
import type { PresentationVerdict } from './verdict.ts'
import { verifyPresentation } from './verify-presentation.ts'

/*
 * Presenting by a JSON document with a Data Integrity proof (docs/spec/06-presenting.md §3), as wallets do. Loaded when
 * the first one is met.
 */

/** What a nonce of such a presentation is told from others by. */
const TAG = 'data-integrity'

/** What a presentation was asked for. */
export interface PresentationOptions {
  /** What the presentation has to repeat: unpredictable, made for this one presentation, 16 to 256 characters. */
  readonly challenge: string
  /** As in `verifyToken`. */
  readonly target?: string
}

/** Decides about a document. */
export function verifyDocument(
  document: unknown,
  ask: Ask,
  context: VerifyContext,
  { challenge, target = '/' }: PresentationOptions,
): MaybePromise<PresentationVerdict> {
  const question = readQuestion(ask, target)
  return verifyPresentation(readPresentationDocument(document, challenge, context), question, context)
}

/** A short one could be guessed, or be asked for twice. */
function readChallenge(challenge: unknown): string {
  if (typeof challenge === 'string' && challenge.length >= 16 && challenge.length <= 256) return challenge
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    'challenge must be 16 to 256 unpredictable characters, made for this one presentation',
  )
}

/**
 * Reads a presentation and the chain in it: steps 1-3 of docs/spec/07-verifying.md.
 *
 * @param text JSON; any value, as transports hand on what they were sent.
 * @param wanted What this presentation was asked to repeat.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a challenge that is none.
 */
async function readPresentationDocument(
  text: unknown,
  wanted: unknown,
  context: VerifyContext,
): Promise<Verdict<Presentation>> {
  const challenge = readChallenge(wanted)
  if (typeof text !== 'string') return refuse('malformed', { dimension: 'presentation' })
  const parsed = parseVpDataIntegrity(text)
  if (!parsed.verified) return parsed
  const document = parsed.value
  const chain = await parseUnorderedChain(document.texts, context.cache.parse)
  if (!chain.verified) return chain
  return accept({
    chain: chain.value,
    form: { type: 'document', document: text },
    refuse: () => refuseProof(document, context.policy),
    prove: (presenter, now) => proveDocument({ document, challenge, presenter, now }, context),
  })
}

/** For whom the presentation is, and whether its proof may cost what it would. */
function refuseProof({ proven: { proof } }: PresentationDocument, policy: Policy): Refused | undefined {
  const [domain, ...others] = proof.domains
  if (domain !== `${policy.origin}/` || others.length > 0)
    return refuse('audience_mismatch', { dimension: 'proof.domain' })
  return isOverRdf(proof.cryptosuite) && !policy.rdfc
    ? refuse('unsupported', { dimension: 'proof.cryptosuite' })
    : undefined
}

/** A document, and whose it should be. */
export interface DocumentProof {
  readonly document: PresentationDocument
  readonly challenge: string
  readonly presenter: Did
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Step 9: the presentation was signed by the presenter, just now, and repeats a challenge that it has not repeated
 * before.
 *
 * @returns When it ends, in milliseconds since 1970.
 */
async function proveDocument(given: DocumentProof, context: VerifyContext): Promise<Verdict<number>> {
  const keyThumbprint = await verifyDocumentProof(given, `${context.policy.origin}/`, context.resolver)
  if (!keyThumbprint.verified) return keyThumbprint
  const expiresAtMs = endOf(given.document)
  const nonce = encodeUtf8(given.challenge)
  const use = { keyThumbprint: keyThumbprint.value, tag: TAG, nonce, expiresAtMs }
  const used = await useNonce(context.replay, use)
  return used.verified ? accept(expiresAtMs) : used
}

/** @returns Thumbprint of the key of the presenter that signed the document for `domain`. */
export async function verifyDocumentProof(
  given: DocumentProof,
  domain: string,
  resolver: DidResolver,
): Promise<Verdict<string>> {
  const refused = refuseHolder(given) ?? refuseTimes(given)
  if (refused !== undefined) return refused
  const { document, challenge, now } = given
  const options = { proofPurpose: 'authentication', resolver, now, domain, challenge } as const
  const verified = await verifyProofs([document.proven], options)
  if (!verified.verified) return ofProof(verified)
  const [{ thumbprint = '' } = {}] = verified.value
  return accept(thumbprint)
}

function refuseHolder({ document, challenge, presenter }: DocumentProof): Refused | undefined {
  const { proof } = document.proven
  if (document.holder !== presenter) return proofInvalid('holder')
  if (!proof.verificationMethod.startsWith(`${presenter}#`)) return proofInvalid('proof.verificationMethod')
  if (proof.proofPurpose !== 'authentication') return proofInvalid('proof.proofPurpose')
  return proof.challenge === challenge ? undefined : proofInvalid('proof.challenge')
}

/** A challenge is remembered for so long: what does not say when it was made could come again after that. */
function refuseTimes({ document, now }: DocumentProof): Refused | undefined {
  const { created } = document.proven.proof
  if (created === undefined || !(created <= now + CLOCK_SKEW_MS)) return proofInvalid('proof.created')
  return endOf(document) >= now - CLOCK_SKEW_MS ? undefined : proofInvalid('proof.expires')
}

/** 300 s after it was made at the latest, in milliseconds since 1970. */
function endOf({ proven: { proof } }: PresentationDocument): number {
  const { created = 0, expires = Number.POSITIVE_INFINITY } = proof
  return Math.min(expires, created + MAX_PRESENTATION_SECONDS * 1000)
}

/** What only the signature can be at fault for; what could not be found out stays what it is. */
function ofProof(refused: Refused): Refused {
  const { code } = refused.refusal
  const isUnknown = code === 'did_unresolvable' || code === 'unsupported' || code === 'limit_exceeded'
  return isUnknown ? refused : proofInvalid('proof')
}
