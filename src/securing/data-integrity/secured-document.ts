import { isJsonArray, isJsonObject, type JsonObject, member } from '../../core/json.ts'
import { readDocument } from '../../model/member-reader.ts'
import { accept, type Refused, refuse, type Verdict } from '../../refusal.ts'
import { type DataIntegrityProof, readProof } from './proof.ts'

/** Most proofs of one document: its issuer's and those of a few who vouch for it. Each costs a signature. */
export const MAX_PROOFS = 4

/** One proof and what it is about. */
export interface ProvenDocument {
  readonly proof: DataIntegrityProof
  /** The proof as it stands in the document, without `proofValue`: what is signed of it. */
  readonly options: JsonObject
  /** Without `proof`, or with those that this one covers (VC-DI §4.5): what is signed. */
  readonly document: JsonObject
}

/** A document taken apart: what is secured, and each of its proofs with what it covers. */
export interface SecuredDocument {
  /** Without `proof`. */
  readonly document: JsonObject
  readonly proofs: readonly [ProvenDocument, ...ProvenDocument[]]
}

/**
 * Takes the proofs off a document: `proof` is one, or a set or chain of at most {@link MAX_PROOFS} (VC-DI §2.1.1,
 * §2.1.2). Verifies nothing.
 *
 * @returns What {@link readProof} refuses; `malformed` for a `previousProof` that is not there and for two proofs
 * with one id; `limit_exceeded`.
 */
export function parseSecuredDocument(secured: JsonObject): Verdict<SecuredDocument> {
  const { proof, ...document } = secured
  if (proof === undefined) return malformed('proof')
  const list = isJsonArray(proof) ? proof : [proof]
  const context = member(document, '@context')
  const read = readDocument({ proof: list }, (members) =>
    members.objects('proof', { max: MAX_PROOFS }, (one) => readProof(one, context)),
  )
  if (!read.verified) return read
  const ids = read.value.flatMap(({ id }) => id ?? [])
  if (new Set(ids).size !== ids.length) return malformed('proof.id')
  return takeApart(document, read.value, list.filter(isJsonObject))
}

/** @param list The proofs as they stand in the document, in the same order as `proofs`. */
function takeApart(
  document: JsonObject,
  proofs: readonly DataIntegrityProof[],
  list: readonly JsonObject[],
): Verdict<SecuredDocument> {
  const taken: ProvenDocument[] = []
  for (const [i, proof] of proofs.entries()) {
    const covered = withPreviousProofs(document, proof.previousProofs, list)
    if (covered === undefined) return malformed('proof.previousProof')
    const { proofValue: _, ...options } = list[i] ?? {}
    taken.push({ proof, options, document: covered })
  }
  const [first, ...others] = taken
  return first === undefined ? malformed('proof') : accept({ document, proofs: [first, ...others] })
}

/**
 * What a proof signs of a document: the document, and with it the proofs that it names as previous, so that those
 * cannot be exchanged (VC-DI §4.3, §4.5).
 *
 * @param list The proofs that stand in the document.
 * @returns `undefined` when a previous proof is not there.
 */
export function withPreviousProofs(
  document: JsonObject,
  previous: readonly string[],
  list: readonly JsonObject[],
): JsonObject | undefined {
  if (previous.length === 0) return document
  const covered = previous.flatMap((id) => list.find((proof) => member(proof, 'id') === id) ?? [])
  return covered.length === previous.length ? { ...document, proof: covered } : undefined
}

function malformed(dimension: string): Refused {
  return refuse('malformed', { dimension })
}
