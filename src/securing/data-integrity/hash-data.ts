import { sha256 } from '#crypto'
import { concatBytes, encodeUtf8 } from '../../core/bytes.ts'
import { encodeJcs } from '../../core/jcs.ts'
import { type JsonObject, member } from '../../core/json.ts'
import type { MaybePromise } from '../../core/maybe-promise.ts'
import { type Cryptosuite, isOverRdf } from '../../model/chain.ts'
import { accept, type Verdict } from '../../refusal.ts'
import type { FurtherContexts } from './further-contexts.ts'
import { plainProofQuads } from './proof-quads.ts'

/** What is signed, in two parts: the proof without its value, and the document. */
export interface Provable {
  readonly options: JsonObject
  readonly document: JsonObject
}

/**
 * The 64 bytes that a proof of a suite signs; a promise only for RDF.
 *
 * @param further For the RDFC suites, contexts beside those that Procura knows. Default none.
 * @returns What `canonicalizeRdf` refuses.
 */
export function hashData(
  suite: Cryptosuite,
  provable: Provable,
  further?: FurtherContexts,
): MaybePromise<Verdict<Uint8Array>> {
  return isOverRdf(suite) ? hashRdfc(provable, further) : accept(hashJcs(provable))
}

/**
 * The 64 bytes that a JCS suite signs (vc-di-eddsa §3.3.4, vc-di-ecdsa §3.3.4): SHA-256 of the options, then of the
 * document, each as RFC 8785 writes it.
 *
 * @param documentHash What {@link hashDocument} makes of the document, for callers that have it already.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what has no JSON form; never for what strict JSON read.
 */
export function hashJcs(
  { options, document }: Provable,
  documentHash: Uint8Array = hashDocument(document),
): Uint8Array {
  return concatBytes(hashDocument(options), documentHash)
}

/** SHA-256 of what RFC 8785 writes. @throws {ProcuraError} As {@link hashJcs}. */
export function hashDocument(document: JsonObject): Uint8Array {
  return sha256(encodeJcs(document))
}

/**
 * The 64 bytes that an RDFC suite signs (vc-di-eddsa §3.2.4, vc-di-ecdsa §3.2.4): SHA-256 of the canonical N-Quads of
 * the options, which have the context of the document, then of those of the document.
 *
 * Loads JSON-LD on first use. Never rejects.
 */
export async function hashRdfc(
  { options, document }: Provable,
  further?: FurtherContexts,
): Promise<Verdict<Uint8Array>> {
  const { canonicalizeRdf } = await import('./canonicalize-rdf.ts')
  const context = member(document, '@context')
  const plain = plainProofQuads(options, context)
  const proof =
    plain === undefined
      ? await canonicalizeRdf({ ...options, ...(context !== undefined && { '@context': context }) }, further)
      : accept(plain)
  if (!proof.verified) return proof
  const quads = await canonicalizeRdf(document, further)
  if (!quads.verified) return quads
  return accept(concatBytes(sha256(encodeUtf8(proof.value)), sha256(encodeUtf8(quads.value))))
}
