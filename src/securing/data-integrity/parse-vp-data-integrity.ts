import { isJsonObject, parseStrictJson } from '../../core/json.ts'
import { MAX_CHAIN_LINKS, MAX_CREDENTIAL_BYTES } from '../../model/credential.ts'
import { isDid } from '../../model/did.ts'
import { readDocument } from '../../model/member-reader.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import { readPresented } from '../vc-jose/presented-credential.ts'
import { isProofId } from './proof.ts'
import { type ProvenDocument, parseSecuredDocument } from './secured-document.ts'

/** Longest presentation, in characters: the longest chain, with room for white space and escapes. */
const MAX_PRESENTATION_CHARS: number = 2 * MAX_CHAIN_LINKS * MAX_CREDENTIAL_BYTES

/** What a presentation with a Data Integrity proof says. Nobody has verified it. */
export interface PresentationDocument {
  /** The texts of the credentials, in the order of the document, which means nothing. */
  readonly texts: readonly string[]
  /** The DID that presents. */
  readonly holder: string
  /** The one proof of the presentation, and what it covers. */
  readonly proven: ProvenDocument
}

/**
 * Reads a presentation with a Data Integrity proof (docs/spec/06-presenting.md §3) as closed JSON: `@context`, `type`,
 * `holder`, `verifiableCredential`, `proof`, and `id` where it stands. It has one proof, that of its holder. Nothing is verified.
 *
 * Linear in the length of the text, of at most {@link MAX_PRESENTATION_CHARS}.
 *
 * @returns `limit_exceeded`; what {@link parseSecuredDocument} refuses; else `malformed`.
 */
export function parseVpDataIntegrity(text: string): Verdict<PresentationDocument> {
  if (text.length > MAX_PRESENTATION_CHARS) return refuse('limit_exceeded', { dimension: 'presentation' })
  const json = parseStrictJson(text)
  if (!isJsonObject(json)) return refuse('malformed', { dimension: 'presentation' })
  const secured = parseSecuredDocument(json)
  if (!secured.verified) return secured
  const [proven, ...others] = secured.value.proofs
  if (others.length > 0) return refuse('malformed', { dimension: 'proof' })
  const members = readDocument(secured.value.document, (reader) => {
    reader.optionalText('id', isProofId)
    return { texts: readPresented(reader), holder: reader.text('holder', isDid) }
  })
  return members.verified ? accept({ ...members.value, proven }) : members
}
