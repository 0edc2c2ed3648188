import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { guardedFetch } from '#guarded-fetch'
import { CLOCK_SKEW_MS, type Clock, type Fetch } from '../../core/clock.ts'
import { fetchBounded } from '../../core/fetch-bounded.ts'
import { ProcuraError } from '../../errors.ts'
import type { OidcSubject } from '../../issuer/principal-id.ts'
import { ApiError } from '../api-error.ts'

/** Longest token that is looked at, in characters. */
const MAX_TOKEN_CHARS = 8_192

/** Largest metadata or key set of a provider, in bytes. */
const MAX_DOCUMENT_BYTES = 64 * 1024

/** Time for one document of a provider, in milliseconds. */
const DEADLINE_MS = 3_000

/** A provider that could not be reached is left alone so long, in milliseconds: whoever has no token must not make us knock. */
const RETRY_MS = 5_000

/** Where keys are may change; it is asked again after this time, in milliseconds. */
const METADATA_MS = 3_600_000

/** Oldest token that is taken, in seconds, however long it says it lives: one day. */
const MAX_TOKEN_AGE_SECONDS = 86_400

/** Signatures by keys of the provider alone; never `none`, never a shared secret (RFC 8725 §3.1). */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
  'Ed25519',
]

/** What RFC 9068 §2.2 wants, beside issuer and audience. */
const REQUIRED_CLAIMS = ['exp', 'iat', 'sub', 'client_id', 'jti']

/** Subjects are ASCII, at most 255 characters (OpenID Connect Core §2). */
const SUBJECT = /^[\x20-\x7e]{1,255}$/

const ISSUER = /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:\/|$))[\x21-\x7e]*$/

/** Whose tokens are taken, and for whom they must be. */
export interface AccessTokenOptions {
  /** OpenID providers as the operator listed them; each is trusted to name subjects, and to be asked for its keys. */
  readonly issuers: readonly string[]
  /** The service's own: what the tokens' audience must be. */
  readonly origin: string
  readonly clock: Clock
}

interface Keys {
  readonly get: Promise<JWTVerifyGetKey>
  readonly askedAt: number
}

/**
 * Reads OAuth access tokens as JWTs (RFC 9068) of the OpenID providers that the operator listed. Fails closed: a provider that
 * cannot be asked makes 503, everything else that is wrong 401.
 */
export class AccessTokens {
  readonly #options: AccessTokenOptions
  readonly #fetch: Fetch
  readonly #keys = new Map<string, Keys>()
  /** By URL: when a document could not be had, or was of no use. */
  readonly #failedAt = new Map<string, number>()

  /** @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` for an issuer that is no usable URL. */
  constructor(options: AccessTokenOptions) {
    const wrong = options.issuers.find((issuer) => !isIssuer(issuer))
    if (wrong !== undefined) throw badIssuer(wrong)
    const hosts = new Set(options.issuers.map((issuer) => new URL(issuer).host))
    this.#options = options
    this.#fetch = guardedFetch((host) => hosts.has(host))
  }

  isTrusted(issuer: string): boolean {
    return this.#options.issuers.includes(issuer)
  }

  /**
   * Whom a token is of.
   *
   * @throws {ApiError} `token_invalid`; `unavailable` when the keys of the provider cannot be had.
   */
  async open(token: string): Promise<OidcSubject> {
    const issuer = this.#issuerOf(token)
    const { sub: subject, cnf } = await this.#verify(token, issuer)
    if (cnf !== undefined) throw invalid('cnf')
    if (subject === undefined || !SUBJECT.test(subject)) throw invalid('sub')
    return { issuer, subject }
  }

  /** Read before anything is verified, only to know whose keys to ask for. */
  #issuerOf(token: string): string {
    const iss = token.length <= MAX_TOKEN_CHARS ? issuerIn(token) : undefined
    if (iss === undefined || !this.isTrusted(iss)) throw invalid('iss')
    return iss
  }

  async #verify(token: string, issuer: string): Promise<JWTPayload> {
    const { origin, clock } = this.#options
    try {
      const { payload } = await jwtVerify(token, (header, jws) => this.#keyOf(issuer, header, jws), {
        issuer,
        audience: origin,
        typ: 'at+jwt',
        algorithms: ALGORITHMS,
        requiredClaims: REQUIRED_CLAIMS,
        clockTolerance: CLOCK_SKEW_MS / 1000,
        maxTokenAge: MAX_TOKEN_AGE_SECONDS,
        currentDate: new Date(clock()),
      })
      return payload
    } catch (error) {
      throw refusalOf(error)
    }
  }

  /** Asked only for tokens whose form and algorithm are right; callers at one time share one question. */
  async #keyOf(issuer: string, ...[header, jws]: Parameters<JWTVerifyGetKey>) {
    const now = this.#options.clock()
    let keys = this.#keys.get(issuer)
    if (keys === undefined || now >= keys.askedAt + METADATA_MS) {
      keys = { get: this.#discover(issuer), askedAt: now }
      this.#keys.set(issuer, keys)
      keys.get.catch(() => this.#keys.delete(issuer))
    }
    const get = await keys.get
    return await get(header, jws)
  }

  async #discover(issuer: string): Promise<JWTVerifyGetKey> {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const metadata = await (await this.#get(url)).json().catch(() => undefined)
    if (metadata?.issuer === issuer && this.#mayHoldKeys(metadata.jwks_uri)) {
      return createRemoteJWKSet(new URL(metadata.jwks_uri), { [customFetch]: (at) => this.#get(at) })
    }
    this.#failedAt.set(url, this.#options.clock())
    throw unreachable()
  }

  /** Elsewhere than at a listed issuer only over TLS, and only at a public address. */
  #mayHoldKeys(url: unknown): url is string {
    if (typeof url !== 'string' || !URL.canParse(url)) return false
    const { protocol, origin } = new URL(url)
    return protocol === 'https:' || this.#options.issuers.some((issuer) => new URL(issuer).origin === origin)
  }

  /** What failed is left alone for a while, key sets as well: the library pauses only after it got one. */
  async #get(url: string): Promise<Response> {
    const now = this.#options.clock()
    const failedAt = this.#failedAt.get(url)
    if (failedAt !== undefined && now >= failedAt && now < failedAt + RETRY_MS) throw unreachable()
    const fetched = await fetchBounded(this.#fetch, url, {
      maxBytes: MAX_DOCUMENT_BYTES,
      deadlineMs: DEADLINE_MS,
    })
    if ('cause' in fetched) {
      this.#failedAt.set(url, now)
      throw unreachable(fetched.cause)
    }
    return new Response(fetched)
  }
}

/** What reads the tokens of these providers; none where there are no providers. */
export function accessTokens(
  issuers: readonly string[] = [],
  { origin, clock }: Omit<AccessTokenOptions, 'issuers'>,
): { readonly tokens?: AccessTokens } {
  return issuers.length === 0 ? {} : { tokens: new AccessTokens({ issuers, origin, clock }) }
}

function issuerIn(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

/** Wrong in the token itself; whatever else goes wrong is no fault of the caller. */
const OF_THE_TOKEN = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
]

function refusalOf(error: unknown): ApiError {
  if (!OF_THE_TOKEN.some((kind) => error instanceof kind)) {
    return new ApiError(
      'unavailable',
      { detail: 'the keys of the OpenID provider cannot be had', headers: { 'retry-after': '5' } },
      { cause: error },
    )
  }
  const isOfClaim = error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed
  return invalid(isOfClaim ? error.claim : 'signature')
}

/** @param dimension Which part is at fault: the name of a claim, `signature`. */
function invalid(dimension: string): ApiError {
  const headers = { 'www-authenticate': 'Bearer realm="procura-api", error="invalid_token"' }
  return new ApiError('token_invalid', { dimension, headers })
}

function unreachable(cause = 'unusable'): Error {
  return new TypeError(`the OpenID provider gave no usable answer: ${cause}`)
}

function isIssuer(text: string): boolean {
  return ISSUER.test(text) && URL.canParse(text) && !/[?#]/.test(text) && text.length <= 256
}

function badIssuer(issuer: string): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `"${issuer}" is no OpenID issuer: https://host/path, without query (http only on a loopback host)`,
  )
}
