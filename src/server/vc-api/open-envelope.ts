import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'
import { findVerificationMethod } from '../../did/did-document.ts'
import { type Did, isDid, isDidUrl, parseDidUrl } from '../../model/did.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import { verifySdJwt } from '../../securing/sd-jwt/verify.ts'
import { speakerIn } from '../../securing/speaker.ts'
import { parseAlgorithm, parseJws, verifyCompactJws } from '../../securing/vc-jose/compact-jws.ts'
import { type ForeignJws, parseForeignJws } from '../../securing/vc-jose/foreign-jws.ts'
import { checkTimes, checkUnwrapped, documentOf, JWT_CLAIMS } from '../../securing/vc-jose/jwt-claims.ts'
import type { Envelope } from '../../vcdm/envelope.ts'
import { MAX_BODY_BYTES } from '../limits.ts'
import type { Instance } from './instance.ts'
import type { Audience } from './secure.ts'

/** What kind of document an envelope is to carry. */
export type Enveloped = 'vc' | 'vp'

/** A document out of an envelope whose signature is good. */
export interface OpenedEnvelope {
  /** Without the claims that JWTs add. */
  readonly document: JsonObject
  /** The DID whose key signed. */
  readonly controller: Did
  /** What the token says that it answers. */
  readonly challenge?: string
}

/** What a token says, and who signed it. */
interface Opened {
  readonly payload: JsonObject
  readonly controller: Did
}

/**
 * Opens an enveloped credential or presentation (VC-JOSE-COSE §3): `kid` is an absolute DID URL whose DID document has
 * the key under the relationship of the kind, and the JWT claims do not disagree.
 *
 * @returns `unsupported` for another media type; `malformed`, `signature_invalid`, `key_not_authorized`, `expired`,
 * `not_yet_valid`, `audience_mismatch`, `holder_proof_invalid`, and what the resolver refuses.
 */
export async function openEnvelope(
  envelope: Envelope,
  kind: Enveloped,
  { domain, challenge }: Audience,
  instance: Instance,
): Promise<Verdict<OpenedEnvelope>> {
  const opened = await openToken(envelope, kind, instance)
  if (!opened.verified) return opened
  const { payload, controller } = opened.value
  const refused = checkTimes(payload, instance.clock())
  if (refused !== undefined) return refused
  if (domain !== undefined && !isFor(member(payload, 'aud'), domain)) {
    return refuse('audience_mismatch', { dimension: 'aud' })
  }
  const nonce = member(payload, 'nonce')
  if (challenge !== undefined && nonce !== challenge)
    return refuse('holder_proof_invalid', { dimension: 'nonce' })
  const speakers = [speakerOf(payload, kind) ?? controller, member(payload, 'iss') ?? controller]
  if (speakers.some((speaker) => speaker !== controller)) {
    return refuse('key_not_authorized', { dimension: kind === 'vc' ? 'issuer' : 'holder' })
  }
  return accept({
    document: documentOf(payload),
    controller,
    ...(typeof nonce === 'string' && { challenge: nonce }),
  })
}

async function openToken(
  { mediaType, content }: Envelope,
  kind: Enveloped,
  instance: Instance,
): Promise<Verdict<Opened>> {
  if (mediaType === `application/${kind}+sd-jwt`) return openSdJwt(content, kind, instance)
  const isOlder = mediaType === 'application/jwt' && instance.mode === 'compatibility'
  if (!isOlder && mediaType !== `application/${kind}+jwt`)
    return refuse('unsupported', { dimension: 'mediaType' })
  const jws = isOlder ? readOlderJwt(content, kind) : readJwt(content, kind)
  if (!jws.verified) return jws
  const controller = await findSigner(jws.value, kind, instance)
  return controller.verified
    ? accept({ payload: jws.value.payload, controller: controller.value })
    : controller
}

function readJwt(content: string, kind: Enveloped): Verdict<ForeignJws> {
  const jws = parseForeignJws(content, `${kind}+jwt`, MAX_BODY_BYTES)
  if (!jws.verified) return jws
  return checkUnwrapped(jws.value.payload) ?? jws
}

/** A JWT as VCDM 1.1 §6.3.1 made it, with the document in a claim: suites still send one. */
function readOlderJwt(content: string, kind: Enveloped): Verdict<ForeignJws> {
  const jws = parseJws(content, MAX_BODY_BYTES, (header) => {
    if (Object.hasOwn(header, 'crit')) return refuse('malformed', { dimension: 'header' })
    const algorithm = parseAlgorithm({ typ: 'JWT', ...header }, 'JWT')
    return algorithm.verified ? accept({ algorithm: algorithm.value, header }) : algorithm
  })
  if (!jws.verified) return jws
  const document = member(jws.value.payload, kind)
  if (!isJsonObject(document)) return refuse('malformed', { dimension: kind })
  const claims = Object.entries(jws.value.payload).filter(([name]) => JWT_CLAIMS.includes(name))
  return accept({ ...jws.value, payload: { ...document, ...Object.fromEntries(claims) } })
}

async function findSigner(jws: ForeignJws, kind: Enveloped, { resolver }: Instance): Promise<Verdict<Did>> {
  const kid = member(jws.header, 'kid')
  const did = typeof kid === 'string' && isDidUrl(kid) ? parseDidUrl(kid)?.did : undefined
  if (typeof kid !== 'string' || did === undefined) return refuse('malformed', { dimension: 'kid' })
  const document = await resolver.resolve(did)
  if (!document.verified) return document
  const method = findVerificationMethod(document.value, kid, purposeOf(kind))
  if (!method.verified) return method
  const signed = await verifyCompactJws(jws, method.value)
  return signed.verified ? accept(did) : signed
}

/** A key binding is for the verifier that it names, who is not asked here. */
async function openSdJwt(
  content: string,
  kind: Enveloped,
  { resolver, clock }: Instance,
): Promise<Verdict<Opened>> {
  const issuer = { resolver, proofPurpose: purposeOf(kind) } as const
  const verified = await verifySdJwt(content, { typ: `${kind}+sd-jwt`, issuer, now: clock() })
  if (!verified.verified) return verified
  const { payload } = verified.value
  // Whoever is named is who signed; a presentation that names nobody is nobody's.
  const speaker = speakerOf(payload, kind) ?? member(payload, 'iss')
  return typeof speaker === 'string' && isDid(speaker)
    ? accept({ payload, controller: speaker })
    : refuse('key_not_authorized', { dimension: 'holder' })
}

function purposeOf(kind: Enveloped): 'assertionMethod' | 'authentication' {
  return kind === 'vc' ? 'assertionMethod' : 'authentication'
}

function speakerOf(payload: JsonObject, kind: Enveloped): string | undefined {
  return speakerIn(payload, kind === 'vc' ? 'issuer' : 'holder')
}

function isFor(aud: Json | undefined, domain: string): boolean {
  return isJsonArray(aud) ? aud.includes(domain) : aud === domain
}
