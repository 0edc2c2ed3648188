import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'
import { guardedFetch } from '#guarded-fetch'
import type { Clock, Fetch } from '../../core/clock.ts'
import { fetchBounded } from '../../core/fetch-bounded.ts'
import { ProcuraError } from '../../errors.ts'
import { ApiError } from '../api-error.ts'

/** Largest metadata or key set of a provider, in bytes. */
const MAX_DOCUMENT_BYTES = 64 * 1024

/** Time for one document of a provider, in milliseconds. */
const DEADLINE_MS = 3_000

/** A provider that could not be reached is left alone so long, in milliseconds: whoever has no token must not make us knock. */
const RETRY_MS = 5_000

/** A key set is not asked for again within this time, in milliseconds, whatever keys tokens name. */
const COOLDOWN_MS = 30_000

/** Where keys are may change; it is asked again after this time, in milliseconds. */
const METADATA_MS = 3_600_000

const ISSUER = /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:\/|$))[\x21-\x7e]*$/

export interface ProviderKeysOptions {
  /** As the operator listed them; each is trusted to be asked for its keys. */
  readonly issuers: readonly string[]
  /** Where an issuer says where its keys are. */
  readonly metadataUrl: (issuer: string) => string
  readonly clock: Clock
}

interface Keys {
  readonly get: Promise<JWTVerifyGetKey>
  readonly askedAt: number
}

/** The public keys of issuers that the operator listed: fetched when a token needs them, bounded, and seldom. */
export class ProviderKeys {
  readonly #options: ProviderKeysOptions
  /** Reaches public addresses, and whatever the listed issuers' hosts lead to. */
  readonly fetch: Fetch
  readonly #keys = new Map<string, Keys>()
  /** By issuer: when its key set in hand was asked for, in milliseconds of the process. */
  readonly #keysAskedAt = new Map<string, number>()
  /** By URL: when a document could not be had, or was of no use. */
  readonly #failedAt = new Map<string, number>()

  /** @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` for an issuer that is no usable URL. */
  constructor(options: ProviderKeysOptions) {
    const wrong = options.issuers.find((issuer) => !isIssuer(issuer))
    if (wrong !== undefined) throw badIssuer(wrong)
    const hosts = new Set(options.issuers.map((issuer) => new URL(issuer).host))
    this.#options = options
    this.fetch = guardedFetch((host) => hosts.has(host))
  }

  isTrusted(issuer: string): boolean {
    return this.#options.issuers.includes(issuer)
  }

  /** Asked only for tokens whose form and algorithm are right; callers at one time share one question. */
  async get(
    issuer: string,
    ...[header, jws]: Parameters<JWTVerifyGetKey>
  ): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
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

  /**
   * Whether the keys in hand were asked for after this time, in milliseconds of the process: what they lack is then listed nowhere. Older
   * ones are asked for again once their time has come, when a token names a key that they lack.
   */
  areNewerThan(issuer: string, time: number): boolean {
    return (this.#keysAskedAt.get(issuer) ?? 0) > time
  }

  async #discover(issuer: string): Promise<JWTVerifyGetKey> {
    const url = this.#options.metadataUrl(issuer)
    const metadata = await (await this.#get(url)).json().catch(() => undefined)
    if (metadata?.issuer === issuer && this.mayBeAsked(metadata.jwks_uri)) {
      return createRemoteJWKSet(new URL(metadata.jwks_uri), {
        cooldownDuration: COOLDOWN_MS,
        [customFetch]: async (at) => {
          const askedAt = performance.now()
          const keys = await this.#get(at)
          this.#keysAskedAt.set(issuer, askedAt)
          return keys
        },
      })
    }
    this.#failedAt.set(url, this.#options.clock())
    throw unreachable()
  }

  /** Elsewhere than at a listed issuer only over TLS, and only at a public address. */
  mayBeAsked(url: unknown): url is string {
    if (typeof url !== 'string' || !URL.canParse(url)) return false
    const { protocol, origin, username, password } = new URL(url)
    if (username !== '' || password !== '') return false
    return protocol === 'https:' || this.#options.issuers.some((issuer) => new URL(issuer).origin === origin)
  }

  /** What failed is left alone for a while, key sets as well: the library pauses only after it got one. */
  async #get(url: string): Promise<Response> {
    const now = this.#options.clock()
    const failedAt = this.#failedAt.get(url)
    if (failedAt !== undefined && now >= failedAt && now < failedAt + RETRY_MS) throw unreachable()
    const fetched = await fetchBounded(this.fetch, url, {
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

/** Whether a token was refused for what it is, rather than for want of keys. */
export function isOfTheToken(error: unknown): boolean {
  return OF_THE_TOKEN.some((kind) => error instanceof kind)
}

/** What is answered while the keys cannot be had: no fault of the caller. */
export function keysUnavailable(cause: unknown): ApiError {
  return new ApiError(
    'unavailable',
    { detail: 'the keys of the issuer cannot be had', headers: { 'retry-after': '5' } },
    { cause },
  )
}

/** What is answered to a token by a key that may be listed meanwhile. Whoever sends it may be anybody: it is not logged. */
export function keysOutdated(): ApiError {
  const headers = { 'retry-after': String(COOLDOWN_MS / 1000) }
  return new ApiError('unavailable', { detail: 'the keys of the issuer are asked for again later', headers })
}

function unreachable(cause = 'unusable'): Error {
  return new TypeError(`the issuer gave no usable answer: ${cause}`)
}

function isIssuer(text: string): boolean {
  return ISSUER.test(text) && URL.canParse(text) && !/[?#]/.test(text) && text.length <= 256
}

function badIssuer(issuer: string): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `"${issuer}" is no issuer: https://host/path, without query (http only on a loopback host)`,
  )
}
