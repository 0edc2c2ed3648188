import { encodeBase64url } from '../../core/base64url.ts'
import type { Random } from '../../core/clock.ts'
import { ProcuraError } from '../../errors.ts'
import type { Signer } from '../../model/signer.ts'
import { signBytes } from '../sign-bytes.ts'
import { formatContentDigest } from './content-digest.ts'
import { componentsOf } from './coverage.ts'
import { MAX_PROOF_SECONDS, MIN_NONCE_BYTES, type RequestProfile } from './profile.ts'
import { buildSignatureBase } from './signature-base.ts'
import { formatByteSequence } from './structured-fields.ts'

export interface SignRequestOptions {
  readonly profile: RequestProfile
  /** As it goes over the wire; it is case-sensitive. */
  readonly method: string
  /** Absolute, normalized as `new URL(…).href` is, without fragment or user information. */
  readonly targetUri: string
  /** By lower-case name: the profile's fields, and `content-type` with a body. Others are not covered. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly signer: Signer
  /** Milliseconds since 1970. */
  readonly now: number
  readonly random: Random
  /** Whole seconds, 1 to 60. Default 60. */
  readonly expiresInSeconds?: number
}

/**
 * Signs a request (docs/spec/06-presenting.md §1). The signature is verified before it is returned.
 *
 * @returns The fields to add, by lower-case name: `signature-input`, `signature`, and with a body `content-digest`.
 *   A request that has signatures already takes the first two appended after `, `; the label is the profile's tag.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for a missing field, a target that is not normalized or a
 *   lifetime out of range; `ERR_PROCURA_INVALID_KEY` when the signer's signature does not verify.
 */
export async function signRequest(options: SignRequestOptions): Promise<Record<string, string>> {
  const { profile, body, method, targetUri, signer } = options
  assertTarget(targetUri)
  const hasBody = body !== undefined && body.length > 0
  const digest: Record<string, string> = hasBody ? { 'content-digest': formatContentDigest(body) } : {}
  const fields = new Map(Object.entries({ ...options.headers, ...digest }))
  const components = componentsOf(profile, (name) => fields.has(name), hasBody).map((name) => `"${name}"`)
  const params = `(${components.join(' ')})${formatParameters(options)}`
  const request = { method, targetUri, header: (name: string) => fields.get(name) }
  const base = buildSignatureBase(request, components, params)
  if (base === undefined) {
    throw invalidArgument(`the request must have one-line ASCII values for ${components.join(', ')}`)
  }
  const signature = formatByteSequence(await signBytes(signer, base))
  return {
    'signature-input': `${profile.tag}=${params}`,
    signature: `${profile.tag}=${signature}`,
    ...digest,
  }
}

function formatParameters({ profile, now, random, signer, expiresInSeconds }: SignRequestOptions): string {
  const lifetime = expiresInSeconds ?? MAX_PROOF_SECONDS
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > MAX_PROOF_SECONDS) {
    throw invalidArgument(`expiresInSeconds must be a whole number from 1 to ${MAX_PROOF_SECONDS}`)
  }
  const created = Math.floor(now / 1000)
  const nonce = encodeBase64url(random(MIN_NONCE_BYTES))
  return `;created=${created};expires=${created + lifetime};nonce="${nonce}";keyid="${signer.keyId}";tag="${profile.tag}"`
}

/** What is signed must be what the server composes from its own origin and the request line that it receives. */
function assertTarget(targetUri: string): void {
  const url = URL.canParse(targetUri) ? new URL(targetUri) : undefined
  const plain = url?.href === targetUri && url.username + url.password === '' && !targetUri.includes('#')
  if (!plain || !/^https?:$/.test(url.protocol)) {
    throw invalidArgument(
      'targetUri must be an absolute http(s) URL as new URL(…).href writes it, no fragment',
    )
  }
}

function invalidArgument(message: string): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', message)
}
