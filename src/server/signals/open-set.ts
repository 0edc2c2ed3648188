import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { decodeBase64urlText } from '../../core/base64url.ts'
import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { isJsonObject, type JsonObject, member, parseStrictJson } from '../../core/json.ts'
import type { Signal, Transmitter } from '../../issuer/signal-store.ts'
import { isOfTheToken, keysUnavailable } from '../http/provider-keys.ts'
import { MAX_SIGNAL_AGE_SECONDS, MAX_SIGNAL_BYTES } from '../limits.ts'
import { readSignal } from './read-signal.ts'
import { type SetError, setError } from './set-error.ts'

/** A prefix may be written out (RFC 7515 §4.1.9); media types have no case. */
const TYP = /^(?:application\/)?secevent\+jwt$/i

const REQUIRED_CLAIMS = ['iss', 'aud', 'iat', 'jti']

export interface SetTrust {
  readonly transmitter: Transmitter
  /** Of the transmitter's issuer alone. */
  readonly keys: JWTVerifyGetKey
  /** Whether they are newer than the token, so that a key that they lack is none of the issuer's. */
  readonly areKeysNew: () => boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Reads a security event token (RFC 8417, as SSF 1.0 §4 profiles it) of one transmitter and checks its signature. Whoever has no key of
 * the issuer learns only whether the form is right: issuer and audience are compared after the signature.
 *
 * @returns `later` when its key may be listed meanwhile: the same token may be good then.
 * @throws {ApiError} `unavailable` when the keys of the issuer cannot be had.
 */
export async function openSet(token: string, trust: SetTrust): Promise<Signal | SetError | 'later'> {
  const { algorithm, issuer, audience } = trust.transmitter
  const parts = readParts(token)
  if (parts === undefined)
    return setError('invalid_request', 'not a compact JWS of strict JSON, or too large')
  if (!TYP.test(textOf(parts.header, 'typ')))
    return setError('invalid_request', 'the type must be secevent+jwt')
  try {
    await jwtVerify(token, trust.keys, {
      issuer,
      audience,
      algorithms: [algorithm],
      requiredClaims: REQUIRED_CLAIMS,
      clockTolerance: CLOCK_SKEW_MS / 1000,
      maxTokenAge: MAX_SIGNAL_AGE_SECONDS,
      currentDate: new Date(trust.now),
    })
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey && !trust.areKeysNew()) return 'later'
    return setErrorOf(error)
  }
  return readSignal(parts.payload, parts.signed, trust.transmitter)
}

interface Parts {
  readonly header: JsonObject
  readonly payload: JsonObject
  /** The segment of the payload. */
  readonly signed: string
}

function readParts(token: string): Parts | undefined {
  if (token.length > MAX_SIGNAL_BYTES) return undefined
  const [head = '', signed = '', , ...more] = token.split('.')
  const [header, payload] = [objectOf(head), objectOf(signed)]
  if (header === undefined || payload === undefined || more.length > 0) return undefined
  return { header, payload, signed }
}

function objectOf(segment: string): JsonObject | undefined {
  const text = decodeBase64urlText(segment)
  const json = text === undefined ? undefined : parseStrictJson(text)
  return isJsonObject(json) ? json : undefined
}

function textOf(object: JsonObject, name: string): string {
  const value = member(object, name)
  return typeof value === 'string' ? value : ''
}

/** @throws {ApiError} */
function setErrorOf(error: unknown): SetError {
  if (!isOfTheToken(error)) throw keysUnavailable(error)
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired) {
    if (error.claim === 'iss') return setError('invalid_issuer', 'of another issuer')
    if (error.claim === 'aud') return setError('invalid_audience', 'for another audience')
    return setError('invalid_request', `the claim ${error.claim} is missing, or not as it must be`)
  }
  const isMalformed = [errors.JWSInvalid, errors.JWTInvalid, errors.JOSENotSupported].some(
    (kind) => error instanceof kind,
  )
  return isMalformed
    ? setError('invalid_request', 'not a compact JWS')
    : setError('invalid_key', 'no key of the issuer verifies it')
}
