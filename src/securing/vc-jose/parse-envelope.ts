import { sha256 } from '#crypto'
import { encodeUtf8 } from '../../core/bytes.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { encodeSha256Multihash } from '../../core/multibase.ts'
import type { LinkSignature, Mechanism, ParsedLink } from '../../model/chain.ts'
import type { ChainCredential } from '../../model/credential.ts'
import { parseCredential } from '../../model/parse-credential.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import type { CompactJws } from './compact-jws.ts'

/** JWT claims that repeat what the credential says. Procura writes none of them (docs/spec/10-reference.md). */
const CLAIMS = ['iss', 'sub', 'iat', 'nbf', 'exp'] as const

/**
 * Reads the link that a JWS envelops (docs/spec/04-securing.md). The signature is not checked.
 *
 * JWT claims are unnecessary and must not disagree: `iss` and `sub` equal issuer and subject, `iat` is the second of
 * `validFrom`, `nbf` and `exp` lie within the validity of the credential and narrow it. Any other claim is a member
 * that the credential does not have.
 *
 * @param jws The bytes of its payload are what the next link commits to.
 * @param payload The credential that they say: the payload itself, or what its disclosures make of it.
 * @param token The whole text that was presented.
 * @returns What {@link parseCredential} refuses; `malformed` for claims that disagree; `key_not_authorized` when
 * `kid` does not lie under the issuer.
 */
export function parseEnvelope(
  mechanism: Mechanism,
  jws: CompactJws,
  payload: JsonObject,
  token: string,
): Verdict<ParsedLink> {
  const credential = parsePayload(payload)
  if (!credential.verified) return credential
  if (!jws.kid.startsWith(`${credential.value.issuer}#`)) {
    return refuse('key_not_authorized', { dimension: 'kid' })
  }
  return accept(new EnvelopedLink(mechanism, credential.value, jws, token))
}

/** Its digest is made when a child is held against it: most links of a chain are no parent that is committed to. */
class EnvelopedLink implements ParsedLink {
  readonly mechanism: Mechanism
  readonly credential: ChainCredential
  readonly signatures: readonly [LinkSignature]
  readonly token: string
  readonly #payloadText: string
  #digest: string | undefined

  constructor(mechanism: Mechanism, credential: ChainCredential, jws: CompactJws, token: string) {
    const { kid, algorithm, signature, signingInput, payloadText } = jws
    this.mechanism = mechanism
    this.credential = credential
    this.signatures = [{ verificationMethod: kid, algorithm, signature, signingInput }]
    this.token = token
    this.#payloadText = payloadText
  }

  get digest(): string {
    this.#digest ??= encodeSha256Multihash(sha256(encodeUtf8(this.#payloadText)))
    return this.#digest
  }
}

function parsePayload(payload: JsonObject): Verdict<ChainCredential> {
  if (!CLAIMS.some((name) => Object.hasOwn(payload, name))) return parseCredential(payload)
  const { iss, sub, iat, nbf, exp, ...document } = payload
  const parsed = parseCredential(document)
  if (!parsed.verified) return parsed
  const credential = parsed.value
  if (!repeats(payload, 'iss', credential.issuer)) return refuse('malformed', { dimension: 'iss' })
  if (!repeats(payload, 'sub', credential.subject.id)) return refuse('malformed', { dimension: 'sub' })
  if (!repeats(payload, 'iat', Math.floor(credential.validFrom / 1000))) {
    return refuse('malformed', { dimension: 'iat' })
  }
  return narrow(credential, payload)
}

function repeats(payload: JsonObject, claim: string, value: Json): boolean {
  return !Object.hasOwn(payload, claim) || payload[claim] === value
}

/** NumericDates are compared by the second; the narrower end is the one that counts. */
function narrow<C extends ChainCredential>(credential: C, { nbf, exp }: JsonObject): Verdict<C> {
  const earliest = Math.floor(credential.validFrom / 1000)
  const latest = Math.ceil(credential.validUntil / 1000)
  const from = nbf === undefined ? earliest : nbf
  const until = exp === undefined ? latest : exp
  if (!isWithin(from, earliest, latest)) return refuse('malformed', { dimension: 'nbf' })
  if (!isWithin(until, earliest, latest)) return refuse('malformed', { dimension: 'exp' })
  const validFrom = Math.max(credential.validFrom, from * 1000)
  const validUntil = Math.min(credential.validUntil, until * 1000)
  if (validFrom >= validUntil) return refuse('malformed', { dimension: 'exp' })
  return accept({ ...credential, validFrom, validUntil })
}

function isWithin(seconds: Json, earliest: number, latest: number): seconds is number {
  return Number.isInteger(seconds) && Number(seconds) >= earliest && Number(seconds) <= latest
}
