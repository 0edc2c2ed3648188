import type { PresentedRequest } from '../../model/presented-request.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import { digestIn, matchesContentDigest } from './content-digest.ts'
import { MAX_SIGNATURE_FIELD_CHARS } from './profile.ts'
import { proofInvalid } from './proof-invalid.ts'

const EMPTY = new Uint8Array(0)
const MATCHES: Verdict<void> = accept(undefined)

/**
 * Tells whether a request has a body: bytes of one, or the announcement of bytes that we were not given (RFC 9112
 * §6). So a body that a framework swallowed never counts as none.
 */
export function hasBody(request: PresentedRequest): boolean {
  if (request.body !== undefined && request.body.length > 0) return true
  if ((request.header('content-length') ?? '0') !== '0') return true
  return request.body === undefined && request.header('transfer-encoding') !== undefined
}

/**
 * Recomputes the digest over the received bytes. Without a body, `Content-Digest` may be absent or be that of
 * nothing. That it is covered by the signature is {@link checkCoverage}'s to check.
 */
export function checkBody(request: PresentedRequest): Verdict<void> {
  const field = request.header('content-digest')
  if (request.body === undefined && hasBody(request)) return proofInvalid('body')
  if (field === undefined) return hasBody(request) ? proofInvalid('content-digest') : MATCHES
  if (field.length > MAX_SIGNATURE_FIELD_CHARS)
    return refuse('limit_exceeded', { dimension: 'content-digest' })
  return matchesContentDigest(field, request.body ?? EMPTY) ? MATCHES : proofInvalid('content-digest')
}

/**
 * Tells whether a request has a body that we were not given: one that is announced, or whose digest is stated. So a
 * gateway knows that what it was asked is not all there is.
 */
export function isBodyElsewhere(request: PresentedRequest): boolean {
  if (request.body !== undefined) return false
  const field = request.header('content-digest')
  return hasBody(request) || (field !== undefined && !matchesContentDigest(field, EMPTY))
}

/** A digest has to be stated that whoever is given the body can compare. That it is covered, {@link checkCoverage} checks. */
export function checkStatedDigest(request: PresentedRequest): Verdict<void> {
  const field = request.header('content-digest')
  if (field === undefined) return proofInvalid('content-digest')
  if (field.length > MAX_SIGNATURE_FIELD_CHARS)
    return refuse('limit_exceeded', { dimension: 'content-digest' })
  return digestIn(field) === undefined ? proofInvalid('content-digest') : MATCHES
}
