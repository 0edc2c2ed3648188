import { encodeJcs } from '../../core/jcs.ts'
import type { JsonObject } from '../../core/json.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import { speakerIn } from '../speaker.ts'
import { parseSecuredDocument } from './secured-document.ts'
import { type VerifiedProof, type VerifyProofsOptions, verifyProofs } from './verify-proofs.ts'

/** Largest document that is verified, in bytes as canonical JSON: a status list has up to that much. */
export const MAX_SECURED_DOCUMENT_BYTES: number = 1024 * 1024

/** A document whose proofs are all good. Whether it is valid, trusted or not revoked is another question. */
export interface VerifiedProofs {
  /** What was signed: the document without `proof`. */
  readonly document: JsonObject
  /** In the order of the document; never empty. */
  readonly proofs: readonly VerifiedProof[]
}

/**
 * Verifies the Data Integrity proofs of any document: a credential, a presentation, a status list
 * (docs/spec/04-securing.md). All must be good, and who speaks in the document, the `issuer` of a credential or the
 * `holder` of a presentation, must be the DID of one of them. Never rejects, whatever the document is.
 *
 * Credentials within a presentation have proofs of their own, which are not looked at.
 *
 * @param secured As strict JSON reads it: duplicate members would otherwise be gone unseen.
 * @returns What {@link parseSecuredDocument} and {@link verifyProofs} refuse; `key_not_authorized` when the issuer or
 * holder did not sign, `limit_exceeded` beyond 1 MiB.
 */
export async function verifyDataIntegrity(
  secured: JsonObject,
  options: VerifyProofsOptions,
): Promise<Verdict<VerifiedProofs>> {
  const bytes = lengthOf(secured)
  if (bytes === undefined) return refuse('malformed', { dimension: 'document' })
  if (bytes > MAX_SECURED_DOCUMENT_BYTES) return refuse('limit_exceeded', { dimension: 'document' })
  const parsed = parseSecuredDocument(secured)
  if (!parsed.verified) return parsed
  const { document, proofs } = parsed.value
  for (const role of ['issuer', 'holder'] as const) {
    const speaker = speakerIn(document, role)
    const spoke = proofs.some(({ proof }) => proof.verificationMethod.startsWith(`${speaker}#`))
    if (speaker !== undefined && !spoke) return refuse('key_not_authorized', { dimension: role })
  }
  const verified = await verifyProofs(proofs, options)
  return verified.verified ? accept({ document, proofs: verified.value }) : verified
}

/** Length as canonical JSON; `undefined` for what has no such form, so that nothing after this meets any. */
function lengthOf(document: JsonObject): number | undefined {
  try {
    return encodeJcs(document).length
  } catch {
    return undefined
  }
}
