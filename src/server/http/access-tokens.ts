import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose'
import { CLOCK_SKEW_MS, type Clock } from '../../core/clock.ts'
import { OIDC_SUBJECT, type OidcSubject } from '../../issuer/principal-id.ts'
import { ApiError } from '../api-error.ts'
import { isOfTheToken, keysUnavailable, ProviderKeys } from './provider-keys.ts'

/** Longest token that is looked at, in characters. */
const MAX_TOKEN_CHARS = 8_192

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

/** Whose tokens are taken, and for whom they must be. */
export interface AccessTokenOptions {
  /** OpenID providers as the operator listed them; each is trusted to name subjects, and to be asked for its keys. */
  readonly issuers: readonly string[]
  /** The service's own: what the tokens' audience must be. */
  readonly origin: string
  readonly clock: Clock
}

/**
 * Reads OAuth access tokens as JWTs (RFC 9068) of the OpenID providers that the operator listed. Fails closed: a provider that
 * cannot be asked makes 503, everything else that is wrong 401.
 */
export class AccessTokens {
  readonly #options: AccessTokenOptions
  readonly #keys: ProviderKeys

  /** @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` for an issuer that is no usable URL. */
  constructor(options: AccessTokenOptions) {
    this.#options = options
    this.#keys = new ProviderKeys({ ...options, metadataUrl })
  }

  isTrusted(issuer: string): boolean {
    return this.#keys.isTrusted(issuer)
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
    if (subject === undefined || !OIDC_SUBJECT.test(subject)) throw invalid('sub')
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
      const { payload } = await jwtVerify(token, (header, jws) => this.#keys.get(issuer, header, jws), {
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
}

/** What reads the tokens of these providers; none where there are no providers. */
export function accessTokens(
  issuers: readonly string[] = [],
  { origin, clock }: Omit<AccessTokenOptions, 'issuers'>,
): { readonly tokens?: AccessTokens } {
  return issuers.length === 0 ? {} : { tokens: new AccessTokens({ issuers, origin, clock }) }
}

/** OpenID Connect Discovery 1.0 §4: after the whole issuer, path and all. */
function metadataUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

function issuerIn(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

function refusalOf(error: unknown): ApiError {
  if (!isOfTheToken(error)) return keysUnavailable(error)
  const isOfClaim = error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed
  return invalid(isOfClaim ? error.claim : 'signature')
}

/** @param dimension Which part is at fault: the name of a claim, `signature`. */
function invalid(dimension: string): ApiError {
  const headers = { 'www-authenticate': 'Bearer realm="procura-api", error="invalid_token"' }
  return new ApiError('token_invalid', { dimension, headers })
}
