import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'
import { findVerificationMethod } from '../../did/did-document.ts'
import { type Did, isDidUrl, parseDidUrl } from '../../model/did.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import { readSdJwt } from '../../securing/sd-jwt/read-sd-jwt.ts'
import {
  type JwsParts,
  parseAlgorithm,
  parseJws,
  verifyCompactJws,
} from '../../securing/vc-jose/compact-jws.ts'
import { parseForeignJws } from '../../securing/vc-jose/foreign-jws.ts'
import type { Envelope } from '../../vcdm/envelope.ts'
import { JWT_CLAIMS } from '../../vcdm/terms.ts'
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

/** A token that was read but not checked. */
interface Token {
  readonly header: JsonObject
  readonly jws: Omit<JwsParts, 'payload'>
  readonly payload: JsonObject
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
  const token = readToken(envelope, kind, instance)
  if (!token.verified) return token
  const { header, jws, payload } = token.value
  const controller = await findSigner(header, jws, kind, instance)
  if (!controller.verified) return controller
  const refused = checkClaims(payload, instance.clock())
  if (refused !== undefined) return refused
  if (domain !== undefined && !isFor(member(payload, 'aud'), domain)) {
    return refuse('audience_mismatch', { dimension: 'aud' })
  }
  const nonce = member(payload, 'nonce')
  if (challenge !== undefined && nonce !== challenge)
    return refuse('holder_proof_invalid', { dimension: 'nonce' })
  const document = Object.fromEntries(Object.entries(payload).filter(([name]) => !JWT_CLAIMS.includes(name)))
  const speaker = member(document, kind === 'vc' ? 'issuer' : 'holder')
  const iss = member(payload, 'iss') ?? controller.value
  if (iss !== controller.value || (speaker !== undefined && idOf(speaker) !== controller.value)) {
    return refuse('key_not_authorized', { dimension: kind === 'vc' ? 'issuer' : 'holder' })
  }
  return accept({
    document,
    controller: controller.value,
    ...(typeof nonce === 'string' && { challenge: nonce }),
  })
}

function readToken({ mediaType, content }: Envelope, kind: Enveloped, { mode }: Instance): Verdict<Token> {
  if (mediaType === `application/${kind}+jwt`) return readJwt(content, kind)
  if (mediaType === `application/${kind}+sd-jwt`) return readSelective(content, kind)
  const isOlder = mediaType === 'application/jwt' && mode === 'compatibility'
  return isOlder ? readOlderJwt(content, kind) : refuse('unsupported', { dimension: 'mediaType' })
}

function readJwt(content: string, kind: Enveloped): Verdict<Token> {
  const jws = parseForeignJws(content, `${kind}+jwt`, MAX_BODY_BYTES)
  if (!jws.verified) return jws
  const { header, payload } = jws.value
  // VC-JOSE-COSE §3.1.3: the claims of the data model before 2.0 are not present.
  if (['vc', 'vp'].some((name) => Object.hasOwn(payload, name))) {
    return refuse('malformed', { dimension: 'vc, vp' })
  }
  return accept({ header, jws: jws.value, payload })
}

/** A key binding is for the verifier that it names, who is not asked here. */
function readSelective(content: string, kind: Enveloped): Verdict<Token> {
  const read = readSdJwt(content, `${kind}+sd-jwt`)
  if (!read.verified) return read
  const { parts, jws, payload } = read.value
  if (parts.keyBinding !== undefined) return refuse('unsupported', { dimension: 'keyBinding' })
  return accept({ header: jws.header, jws, payload })
}

/** A JWT as VCDM 1.1 §6.3.1 made it, with the document in a claim: suites still send one. */
function readOlderJwt(content: string, kind: Enveloped): Verdict<Token> {
  const jws = parseJws(content, MAX_BODY_BYTES, (header) => {
    if (Object.hasOwn(header, 'crit')) return refuse('malformed', { dimension: 'header' })
    const algorithm = parseAlgorithm({ typ: 'JWT', ...header }, 'JWT')
    return algorithm.verified ? accept({ algorithm: algorithm.value, header }) : algorithm
  })
  if (!jws.verified) return jws
  const { header, payload } = jws.value
  const document = member(payload, kind)
  if (!isJsonObject(document)) return refuse('malformed', { dimension: kind })
  const claims = Object.entries(payload).filter(([name]) => JWT_CLAIMS.includes(name))
  return accept({ header, jws: jws.value, payload: { ...document, ...Object.fromEntries(claims) } })
}

async function findSigner(
  header: JsonObject,
  jws: Omit<JwsParts, 'payload'>,
  kind: Enveloped,
  { resolver }: Instance,
): Promise<Verdict<Did>> {
  const kid = member(header, 'kid')
  const did = typeof kid === 'string' && isDidUrl(kid) ? parseDidUrl(kid)?.did : undefined
  if (typeof kid !== 'string' || did === undefined) return refuse('malformed', { dimension: 'kid' })
  const document = await resolver.resolve(did)
  if (!document.verified) return document
  const relationship = kind === 'vc' ? 'assertionMethod' : 'authentication'
  const method = findVerificationMethod(document.value, kid, relationship)
  if (!method.verified) return method
  const signed = await verifyCompactJws(jws, method.value)
  return signed.verified ? accept(did) : signed
}

/** RFC 7519 §4.1.4 and §4.1.5. */
function checkClaims(payload: JsonObject, now: number): Verdict<never> | undefined {
  const { nbf = 0, exp = Number.MAX_SAFE_INTEGER } = payload
  if (typeof nbf !== 'number' || typeof exp !== 'number')
    return refuse('malformed', { dimension: 'exp, nbf' })
  if (nbf * 1000 > now + CLOCK_SKEW_MS) return refuse('not_yet_valid', { dimension: 'nbf' })
  return exp * 1000 <= now - CLOCK_SKEW_MS ? refuse('expired', { dimension: 'exp' }) : undefined
}

function isFor(aud: Json | undefined, domain: string): boolean {
  return isJsonArray(aud) ? aud.includes(domain) : aud === domain
}

function idOf(speaker: Json): Json | undefined {
  return isJsonObject(speaker) ? member(speaker, 'id') : speaker
}
