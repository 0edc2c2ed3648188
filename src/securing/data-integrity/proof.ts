import { equalBytes } from '../../core/bytes.ts'
import { encodeJcs } from '../../core/jcs.ts'
import { isJsonArray, type Json } from '../../core/json.ts'
import { decodeMultibaseBase58 } from '../../core/multibase.ts'
import { type Cryptosuite, isOverRdf } from '../../model/chain.ts'
import { type DidUrl, isDidUrl } from '../../model/did.ts'
import type { MemberReader } from '../../model/member-reader.ts'
import { SIGNATURE_BYTES } from '../key-type.ts'
import { cryptosuiteNamed } from './cryptosuite.ts'

/** The only `type` of a proof; what came before Data Integrity had a type for each suite. */
export const PROOF_TYPE = 'DataIntegrityProof'

/** Longest `id`, `domain`, `challenge` or `nonce`, in characters. */
const MAX_TEXT_CHARS = 2048

/** Most proofs that one proof covers, and most domains that it is made for. */
const MAX_LISTED = 4

/** An absolute URL: a scheme, a colon, and nothing that no URL has. */
const URL_TEXT = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s"<>\\^`{|}]+$/

/** What a proof is made for: the relationship under which its key must stand (VC-DI §2.1). */
export const PROOF_PURPOSES = ['assertionMethod', 'authentication'] as const

export type ProofPurpose = (typeof PROOF_PURPOSES)[number]

/** A Data Integrity proof that was read but that nobody has verified. Times are milliseconds since 1970. */
export interface DataIntegrityProof {
  readonly cryptosuite: Cryptosuite
  readonly verificationMethod: DidUrl
  readonly proofPurpose: ProofPurpose
  /** 64 bytes. */
  readonly signature: Uint8Array
  readonly id?: string
  readonly created?: number
  readonly expires?: number
  /** Ids of the proofs that this one covers as well (VC-DI §2.1.2 "Proof Chains"). */
  readonly previousProofs: readonly string[]
  /** What the proof was made for, as a set; empty when it does not say. */
  readonly domains: readonly string[]
  readonly challenge?: string
}

const NO_METHOD: DidUrl = 'did:key:#'

/**
 * Reads one proof as closed JSON (docs/spec/04-securing.md): `unsupported` for another type or suite, else
 * `malformed`.
 *
 * @param context The `@context` of the document. The JCS suites repeat it in the proof (vc-di-eddsa §3.3.1); here it
 *   must be equal where it stands, although the suites let a document add contexts that nobody signed. The RDFC
 *   suites take that of the document, so that none may stand in the proof.
 */
export function readProof(members: MemberReader, context: Json | undefined): DataIntegrityProof {
  const type = members.text('type', isText)
  if (type !== PROOF_TYPE) members.fail('type', 'unsupported')
  const cryptosuite = readCryptosuite(members)
  if (members.has('@context')) readContext(members, cryptosuite, context)
  const challenge = members.optionalText('challenge', isText)
  members.optionalText('nonce', isText)
  return {
    cryptosuite,
    verificationMethod: members.parsed('verificationMethod', parseMethod, NO_METHOD),
    proofPurpose: members.choice('proofPurpose', PROOF_PURPOSES),
    signature: members.parsed('proofValue', parseSignature, new Uint8Array()),
    ...readTimes(members),
    previousProofs: readTexts(members, 'previousProof'),
    domains: readTexts(members, 'domain'),
    ...readId(members),
    ...(challenge !== undefined && { challenge }),
  }
}

function readCryptosuite(members: MemberReader): Cryptosuite {
  const name = members.text('cryptosuite', isText)
  const suite = cryptosuiteNamed(name)
  if (suite === undefined) members.fail('cryptosuite', 'unsupported')
  return suite ?? 'eddsa-jcs-2022'
}

function readContext(members: MemberReader, suite: Cryptosuite, context: Json | undefined): void {
  const own = members.parsed<Json>('@context', (json) => json, null)
  const repeats = context !== undefined && equalBytes(encodeJcs(own), encodeJcs(context))
  if (!repeats || isOverRdf(suite)) members.fail('@context')
}

function readTimes(members: MemberReader): Pick<DataIntegrityProof, 'created' | 'expires'> {
  return {
    ...(members.has('created') && { created: members.dateTime('created') }),
    ...(members.has('expires') && { expires: members.dateTime('expires') }),
  }
}

function readId(members: MemberReader): Pick<DataIntegrityProof, 'id'> {
  const id = members.optionalText('id', isProofId)
  return id === undefined ? {} : { id }
}

/** One text, or a list of them. */
function readTexts(members: MemberReader, name: string): readonly string[] {
  if (!members.has(name)) return []
  if (!isJsonArray(members.peek(name))) return [members.text(name, isText)]
  return members.list(name, { max: MAX_LISTED }, (json) =>
    typeof json === 'string' && isText(json) ? json : undefined,
  )
}

/** The id of a proof is a URL (VC-DI §2.1). */
export function isProofId(text: string): boolean {
  return isText(text) && URL_TEXT.test(text)
}

function isText(text: string): boolean {
  return text !== '' && text.length <= MAX_TEXT_CHARS
}

function parseMethod(json: Json): DidUrl | undefined {
  return typeof json === 'string' && isDidUrl(json) ? json : undefined
}

function parseSignature(json: Json): Uint8Array | undefined {
  const bytes = typeof json === 'string' ? decodeMultibaseBase58(json) : undefined
  return bytes?.length === SIGNATURE_BYTES ? bytes : undefined
}
