import { encodeUtf8 } from '../../core/bytes.ts'
import { isJsonObject, type JsonObject, parseStrictJson } from '../../core/json.ts'
import { encodeSha256Multihash } from '../../core/multibase.ts'
import { isOverRdf, type LinkSignature, type Mechanism, type ParsedLink } from '../../model/chain.ts'
import { type ChainCredential, MAX_CREDENTIAL_BYTES } from '../../model/credential.ts'
import type { Did } from '../../model/did.ts'
import { parseKeyDid } from '../../model/did-methods.ts'
import { parseCredential } from '../../model/parse-credential.ts'
import { accept, type Refused, refuse, type Verdict } from '../../refusal.ts'
import { algorithmOfSuite } from './cryptosuite.ts'
import { hashDocument, hashJcs, hashRdfc } from './hash-data.ts'
import { type ProvenDocument, parseSecuredDocument, type SecuredDocument } from './secured-document.ts'

/**
 * Reads a credential of a chain that is secured by Data Integrity proofs (docs/spec/04-securing.md). No signature is
 * checked.
 *
 * One proof must be the issuer's; of others, the DID must be a key, so that verifying them resolves nothing that an
 * attacker chose. All are for `assertionMethod`. `expires` narrows the validity of the credential. A proof of the
 * RDFC suites is canonicalized only when its signature is checked.
 *
 * @returns What {@link parseSecuredDocument} and {@link parseCredential} refuse; `malformed` for what is not strict
 * JSON, `limit_exceeded` beyond 16 KiB, `key_not_authorized` when no proof is the issuer's or one is for something else.
 */
export function parseVcDataIntegrity(text: string): Verdict<ParsedLink> {
  const json = parseBounded(text)
  if (!json.verified) return json
  const secured = parseSecuredDocument(json.value)
  if (!secured.verified) return secured
  const credential = parseCredential(secured.value.document)
  if (!credential.verified) return credential
  const proofs = issuersFirst(secured.value.proofs, credential.value.issuer)
  if (proofs === undefined) return refuse('key_not_authorized', { dimension: 'proof.verificationMethod' })
  const refused = findUnfit(proofs, credential.value.issuer)
  if (refused !== undefined) return refused
  const narrowed = narrow(credential.value, proofs)
  return narrowed.verified ? accept(linkOf(narrowed.value, secured.value.document, proofs, text)) : narrowed
}

function parseBounded(text: string): Verdict<JsonObject> {
  const tooLong = text.length > MAX_CREDENTIAL_BYTES || encodeUtf8(text).length > MAX_CREDENTIAL_BYTES
  if (tooLong) return refuse('limit_exceeded', { dimension: 'token' })
  const json = parseStrictJson(text)
  return isJsonObject(json) ? accept(json) : refuse('malformed')
}

type Proofs = SecuredDocument['proofs']

function isUnder({ proof }: ProvenDocument, did: Did): boolean {
  return proof.verificationMethod.startsWith(`${did}#`)
}

/** The same proofs, one of the issuer's in front; `undefined` when there is none. */
function issuersFirst(proofs: Proofs, issuer: Did): Proofs | undefined {
  const own = proofs.find((proof) => isUnder(proof, issuer))
  return own === undefined ? undefined : [own, ...proofs.filter((proof) => proof !== own)]
}

/** Why a proof cannot stand under a credential of a chain. */
function findUnfit(proofs: Proofs, issuer: Did): Refused | undefined {
  for (const one of proofs) {
    const { proofPurpose, verificationMethod, domains, challenge } = one.proof
    if (proofPurpose !== 'assertionMethod') {
      return refuse('key_not_authorized', { dimension: 'proof.proofPurpose' })
    }
    if (domains.length > 0 || challenge !== undefined) return refuse('malformed', { dimension: 'proof' })
    const [did = ''] = verificationMethod.split('#', 1)
    if (!isUnder(one, issuer) && parseKeyDid(did) === undefined) {
      return refuse('key_not_authorized', { dimension: 'proof.verificationMethod' })
    }
  }
  return undefined
}

/** A proof that has expired proves nothing, and all must: the earliest end counts. */
function narrow<C extends ChainCredential>(credential: C, proofs: Proofs): Verdict<C> {
  const ends = proofs.flatMap(({ proof }) => proof.expires ?? [])
  const validUntil = Math.min(credential.validUntil, ...ends)
  if (validUntil <= credential.validFrom) return refuse('malformed', { dimension: 'proof.expires' })
  return accept({ ...credential, validUntil })
}

function linkOf(
  credential: ChainCredential,
  document: JsonObject,
  proofs: Proofs,
  token: string,
): ParsedLink {
  const [own, ...others] = proofs
  const hash = hashDocument(document)
  // What a child commits to is also what a proof signs, unless it covers other proofs as well.
  const signed = (proven: ProvenDocument) =>
    signatureOf(proven, proven.document === document ? hash : undefined)
  return {
    mechanism: mechanismOf(proofs),
    credential,
    digest: encodeSha256Multihash(hash),
    signatures: [signed(own), ...others.map(signed)],
    token,
  }
}

/** The suite of the issuer's proof; one that costs a canonicalization of RDF, if any of the set does. */
function mechanismOf(proofs: Proofs): Mechanism {
  const suites = proofs.map(({ proof }) => proof.cryptosuite)
  return suites.find(isOverRdf) ?? proofs[0].proof.cryptosuite
}

function signatureOf(proven: ProvenDocument, documentHash: Uint8Array | undefined): LinkSignature {
  const { verificationMethod, cryptosuite, signature } = proven.proof
  return {
    verificationMethod,
    algorithm: algorithmOfSuite(cryptosuite),
    signature,
    signingInput: isOverRdf(cryptosuite) ? () => hashRdfc(proven) : hashJcs(proven, documentHash),
  }
}
