import { encodeBase64url } from '../../core/base64url.ts'
import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { findVerificationMethod, type VerificationMethod } from '../../did/did-document.ts'
import { oidcId } from '../../issuer/principal-id.ts'
import type { Principal } from '../../issuer/records.ts'
import { parseDidUrl } from '../../model/did.ts'
import type { PresentedRequest } from '../../model/presented-request.ts'
import type { Refused } from '../../refusal.ts'
import { PROCURA_API_PROFILE } from '../../securing/http-signature/profile.ts'
import {
  parseRequestProof,
  type RequestProof,
  verifyRequestProof,
} from '../../securing/http-signature/verify.ts'
import { ApiError } from '../api-error.ts'
import type { Service } from '../service.ts'
import type { KeyCall } from './call.ts'

/**
 * Finds out who calls: the signature of the request (docs/spec/09-api.md), then the key's place in the registry,
 * then the nonce, which is used up only by a caller that is known.
 *
 * People and platforms may come with an access token instead.
 *
 * @throws {ApiError} `signature_required`, `signature_invalid`, `token_invalid`, `unknown_principal`, `replayed`.
 */
export async function authenticate(service: Service, request: Request, body: Uint8Array): Promise<Principal> {
  const token = bearerOf(request)
  if (token !== undefined && service.tokens !== undefined) return await byToken(service, request, token)
  const { did, useNonce } = await proveKey(service, request, body)
  const principal = await service.issuer.store.principal(did)
  if (principal === undefined) throw new ApiError('unknown_principal')
  await useNonce()
  return principal
}

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i

/** RFC 6750 §2.1; a token that is bound to a key has another scheme. */
function bearerOf({ headers }: Request): string | undefined {
  return BEARER.exec(headers.get('authorization') ?? '')?.[1]
}

/** A subject is somebody here only if an administrator said so: no provider lets anybody in by itself. */
async function byToken({ tokens, issuer }: Service, request: Request, token: string): Promise<Principal> {
  if (request.headers.has('signature-input')) {
    throw new ApiError('malformed_request', { detail: 'a signature or an access token, not both' })
  }
  const subject = await tokens?.open(token)
  const principal = subject && (await issuer.store.principal(oidcId(subject)))
  if (principal === undefined) throw new ApiError('unknown_principal')
  return principal
}

/** A key whose signature holds. */
export interface ProvenKey extends Pick<KeyCall, 'did'> {
  /** Uses the nonce of the signature up. @throws {ApiError} `replayed` */
  useNonce(): Promise<void>
}

/**
 * Checks the signature of the request, by whatever key.
 *
 * @throws {ApiError} `signature_required`, `signature_invalid`.
 */
export async function proveKey(service: Service, request: Request, body: Uint8Array): Promise<ProvenKey> {
  const { store, clock } = service.issuer
  const proof = readProof(service, request, body, clock())
  const method = await findKey(service, proof)
  const verified = await verifyRequestProof(proof, method)
  if (!verified.verified) throw signatureInvalid(verified)
  return {
    did: method.controller,
    useNonce: async () => {
      const fresh = await store.consumeNonce(nonceKey(method, proof), proof.expiresAtMs + CLOCK_SKEW_MS)
      if (!fresh) throw new ApiError('replayed', { detail: 'sign again, with a new nonce' })
    },
  }
}

function readProof(service: Service, request: Request, body: Uint8Array, now: number): RequestProof {
  if (!request.headers.has('signature-input')) {
    throw new ApiError('signature_required', {
      detail: `RFC 9421, tag="${PROCURA_API_PROFILE.tag}", see docs/api.md`,
    })
  }
  const options = { profile: PROCURA_API_PROFILE, origin: service.issuer.origin, now }
  const proof = parseRequestProof(presented(request, body), options)
  if (!proof.verified) throw signatureInvalid(proof)
  return proof.value
}

function presented(request: Request, body: Uint8Array): PresentedRequest {
  const { pathname, search } = new URL(request.url)
  return {
    method: request.method,
    target: pathname + search,
    header: (name) => request.headers.get(name) ?? undefined,
    body,
  }
}

/** Principals are `did:key` or `did:jwk`: nothing is fetched to find a key (docs/spec/01-roles.md). */
async function findKey(service: Service, proof: RequestProof): Promise<VerificationMethod> {
  const did = parseDidUrl(proof.keyId)?.did ?? ''
  const document = await service.issuer.resolver.resolve(did)
  if (!document.verified) throw signatureInvalid(document)
  const method = findVerificationMethod(document.value, proof.keyId, 'authentication')
  if (!method.verified) throw signatureInvalid(method)
  return method.value
}

/** One key, one nonce, one profile; the thumbprint, because two DIDs may name one key. */
function nonceKey(method: VerificationMethod, proof: RequestProof): string {
  return `${PROCURA_API_PROFILE.tag}:${method.thumbprint}:${encodeBase64url(proof.nonce)}`
}

function signatureInvalid({ refusal }: Refused): ApiError {
  return new ApiError('signature_invalid', { dimension: refusal.dimension ?? refusal.code })
}
