import { formatDateTime } from '../../core/date-time.ts'
import { isJsonArray, isJsonObject, type JsonObject, member, parseStrictJson } from '../../core/json.ts'
import { encodeMultibaseBase58 } from '../../core/multibase.ts'
import { ProcuraError } from '../../errors.ts'
import { type Cryptosuite, isOverRdf } from '../../model/chain.ts'
import { mechanismFor } from '../../model/mechanism.ts'
import type { Signer } from '../../model/signer.ts'
import { signBytes } from '../sign-bytes.ts'
import { algorithmOfSuite } from './cryptosuite.ts'
import type { FurtherContexts } from './further-contexts.ts'
import { hashData } from './hash-data.ts'
import { isProofId, PROOF_TYPE, type ProofPurpose } from './proof.ts'
import { MAX_PROOFS, withPreviousProofs } from './secured-document.ts'

/** What to sign, and what the proof says beside. Times are milliseconds since 1970. */
export interface SignDataIntegrityOptions {
  /** A credential, a presentation or any other document; proofs that it has already are kept. */
  readonly document: JsonObject
  /** Of the algorithm that the signer has. */
  readonly cryptosuite: Cryptosuite
  readonly signer: Signer
  /** Default `assertionMethod`. */
  readonly proofPurpose?: ProofPurpose
  /** Default: the proof does not say when it was made. */
  readonly created?: number
  /** Default: as long as the document is valid. */
  readonly expires?: number
  /** Whom a presentation is made for. */
  readonly domain?: string
  /** What whoever asks for a presentation wants to see in it. */
  readonly challenge?: string
  /** An absolute URI, for a proof that others name as previous. */
  readonly id?: string
  /** Ids of proofs of the document that this one covers as well. Default none. */
  readonly previousProof?: readonly string[]
  /** JSON-LD contexts beside those of contexts/README.md. Default none. */
  readonly contexts?: FurtherContexts
}

/**
 * Adds a Data Integrity proof to a document (VC-DI §4.2, §4.3). Beside proofs that are there it makes a set, with
 * `previousProof` a chain.
 *
 * The signature is verified before the document is returned, so that a faulty key or device never releases one.
 *
 * @returns A copy of the document, as JSON would carry it, with `proof`.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a document that strict JSON would not read back, a suite of
 *   another algorithm, a previous proof that is not there, more proofs than a reader takes; `ERR_PROCURA_INVALID_KEY`
 *   when the signature does not verify under the signer's own key.
 */
export async function signDataIntegrity(options: SignDataIntegrityOptions): Promise<JsonObject> {
  const { signer, cryptosuite } = options
  if (algorithmOfSuite(cryptosuite) !== signer.algorithm) {
    const fitting = mechanismFor(cryptosuite, signer.algorithm)
    throw invalid(`${cryptosuite} does not sign with this key: use ${fitting}, or another type of key`)
  }
  if (options.id !== undefined && !isProofId(options.id)) throw invalid('the id of a proof is a URL')
  const { proof, ...document } = readBack(options.document)
  const list = (isJsonArray(proof) ? proof : [proof]).filter(isJsonObject)
  if (list.length >= MAX_PROOFS) throw invalid(`a document has at most ${MAX_PROOFS} proofs`)
  const covered = withPreviousProofs(document, options.previousProof ?? [], list)
  if (covered === undefined) throw invalid('a previous proof is not in the document')
  const provable = { options: proofOptions(options, document), document: covered }
  const hash = await hashData(cryptosuite, provable, options.contexts)
  if (!hash.verified) throw invalid(`${cryptosuite} cannot secure a document whose RDF leaves something out`)
  const signature = await signBytes(signer, hash.value)
  const own = { ...provable.options, proofValue: encodeMultibaseBase58(signature) }
  return { ...document, proof: list.length === 0 ? own : [...list, own] }
}

/** The document as whoever reads it will have it: what is left out when it is written is not signed. */
function readBack(document: JsonObject): JsonObject {
  const json = parseStrictJson(JSON.stringify(document))
  if (!isJsonObject(json)) throw invalid('the document has a value that strict JSON refuses')
  return json
}

/** The proof without its value, members in a fixed order. The JCS suites repeat the context (vc-di-eddsa §3.3.1). */
function proofOptions(options: SignDataIntegrityOptions, document: JsonObject): JsonObject {
  const { cryptosuite, signer, id, created, expires, domain, challenge, previousProof = [] } = options
  const context = isOverRdf(cryptosuite) ? undefined : member(document, '@context')
  return {
    ...(id !== undefined && { id }),
    type: PROOF_TYPE,
    cryptosuite,
    ...(created !== undefined && { created: formatDateTime(created) }),
    ...(expires !== undefined && { expires: formatDateTime(expires) }),
    verificationMethod: signer.keyId,
    proofPurpose: options.proofPurpose ?? 'assertionMethod',
    ...(domain !== undefined && { domain }),
    ...(challenge !== undefined && { challenge }),
    ...(previousProof.length > 0 && { previousProof }),
    ...(context !== undefined && { '@context': context }),
  }
}

function invalid(message: string): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', message)
}
