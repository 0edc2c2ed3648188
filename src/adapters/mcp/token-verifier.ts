import { readActionName } from '../../verifier/action-name.ts'
import type { Verifier } from '../../verifier/create-verifier.ts'
import type { PresentationVerdict } from '../../verifier/verdict.ts'
import {
  assertListener,
  assertTarget,
  type KnownOptions,
  misconfigured,
  refuseUnknown,
} from '../known-options.ts'
import { announce, type OnVerdict } from '../on-verdict.ts'
import { problemOf } from '../problem.ts'
import { toAuthInfo } from './auth-info.ts'
import type { AuthInfo } from './protocol.ts'

/**
 * The SDK's own errors, by which its bearer middleware tells a refused token (401, 403) from a fault of the server:
 * `OAUTH_ERRORS` of version 1, `OAuthError` of version 2.
 */
export type OAuthErrors =
  | Readonly<Record<string, new (message: string) => Error>>
  | (new (
      code: string,
      message: string,
    ) => Error)

export interface TokenVerifierOptions {
  readonly verifier: Verifier
  /**
   * Actions of which a token has to allow one; the policy of the verifier must name them in `bearer`. Those that it
   * allows, as they stand, are the scopes. A grant that is limited to identifiers, or by arguments, allows nothing as
   * it stands: for that, let `guardServer` look at each call.
   */
  readonly actions: readonly string[]
  readonly errors: OAuthErrors
  /** Request target of the endpoint, as in `/mcp`; granted locations are compared with it. Default `/`. */
  readonly target?: string
  /**
   * Told of every decision: the verdict for the first action that the token allows, else for the first of all; of the
   * request the SDK shows nothing but the token. Default: nobody.
   */
  readonly onVerdict?: OnVerdict<undefined>
}

/** `OAuthTokenVerifier` of the SDK. */
export interface TokenVerifier {
  verifyAccessToken(token: string): Promise<AuthInfo>
}

/**
 * Lets `requireBearerAuth` of the official MCP SDK take presentation tokens (`vp+jwt`, docs/spec/06-presenting.md §2). Each
 * is verified anew, on every request of a session. A refused one is answered with 401 or 403 and a challenge that
 * begins with the code of the refusal; 500 where it cannot be decided at present.
 *
 * Costs one verification for each action.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  refuseUnknown(options, TOKEN_OPTIONS, 'createTokenVerifier()')
  const { verifier, actions, target = '/', onVerdict } = options
  assertListener(onVerdict)
  assertTarget(target)
  if (!Array.isArray(actions) || actions.length === 0) misconfigured('actions must name at least one action')
  for (const action of actions) readActionName(action, 'each of actions')
  const toError = readErrors(options.errors)
  return {
    async verifyAccessToken(token) {
      const verdicts = await Promise.all(
        actions.map((action) => verifier.verifyToken(token, { action }, { target })),
      )
      const delegation = verdicts.find((verdict) => verdict.verified)
      const decided = delegation ?? verdicts[0]
      if (decided !== undefined) announce(onVerdict, decided, undefined)
      if (delegation === undefined) throw toError(...describe(verdicts, verifier.origin))
      const scopes = actions.filter((_, position) => verdicts[position]?.verified === true)
      return toAuthInfo(delegation, { token, scopes, origin: verifier.origin })
    },
  }
}

const TOKEN_OPTIONS: KnownOptions<TokenVerifierOptions> = {
  verifier: true,
  actions: true,
  errors: true,
  target: true,
  onVerdict: true,
}

type OAuthCode = 'invalid_token' | 'insufficient_scope' | 'server_error'

type ToError = (code: OAuthCode, message: string) => Error

/** Made once beforehand, so that an SDK that names its errors differently is noticed when the service starts. */
function readErrors(errors: OAuthErrors): ToError {
  if (typeof errors === 'function') return (code, message) => new errors(code, message)
  const [token, scope, server] = (['invalid_token', 'insufficient_scope', 'server_error'] as const).map(
    (code) => errors?.[code],
  )
  if (token === undefined || scope === undefined || server === undefined)
    return misconfigured(
      'errors must be OAUTH_ERRORS of version 1 of the MCP SDK, or OAuthError of version 2',
    )
  const classes = { invalid_token: token, insufficient_scope: scope, server_error: server }
  return (code, message) => new classes[code](message)
}

/** What is answered for the action that is asked for first. */
function describe(verdicts: readonly PresentationVerdict[], origin: string): [OAuthCode, string] {
  const refused = verdicts.find((verdict) => !verdict.verified)
  if (refused === undefined) return ['server_error', 'nothing was verified']
  const { status, body } = problemOf(refused.refusal, origin)
  const code = status === 403 ? 'insufficient_scope' : status === 503 ? 'server_error' : 'invalid_token'
  return [code, `${body.code}: ${body.detail}`]
}
