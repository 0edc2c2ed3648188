import { ProcuraError } from '../../errors.ts'
import type { VerifiedPresentation } from '../../verifier/verdict.ts'
import type { AuthInfo } from './protocol.ts'

/** Verdicts by the `extra` that they stand in, which copies of an `AuthInfo` share. What others wrote there is not found. */
const VERDICTS = new WeakMap<object, VerifiedPresentation>()

/**
 * What an MCP server is told of an agent: `clientId` is the agent's id, or the presenter's DID where there is none;
 * `expiresAt` when it has to be verified again.
 *
 * @param scopes The actions that were allowed.
 * @param origin For whom the token is: the audience without its slash.
 */
export function toAuthInfo(
  delegation: VerifiedPresentation,
  { token, scopes, origin }: { readonly token: string; readonly scopes: string[]; readonly origin: string },
): Required<AuthInfo> {
  const extra = { delegation }
  VERDICTS.set(extra, delegation)
  const { agent, presenter, recheckAt } = delegation
  const expiresAt = Math.floor(recheckAt / 1000)
  return { token, clientId: agent ?? presenter, scopes, expiresAt, resource: new URL(origin), extra }
}

/** The verdict that an `AuthInfo` was made of; `undefined` for one that somebody else made. */
export function verdictIn(
  authInfo: { readonly extra?: object } | undefined,
): VerifiedPresentation | undefined {
  return authInfo?.extra === undefined ? undefined : VERDICTS.get(authInfo.extra)
}

/** What handlers of tools get beside the arguments: `extra` of version 1 of the SDK, `ctx` of version 2. */
export interface HandlerContext {
  readonly authInfo?: Verified | undefined
  readonly http?: { readonly authInfo?: Verified } | undefined
}

/** As much of an `AuthInfo` as the verdict is found by. */
interface Verified {
  readonly extra?: object
}

/**
 * Who acts, for whom, under what: for handlers behind `guardServer`, or behind the SDK's bearer middleware.
 *
 * @throws {ProcuraError} `ERR_PROCURA_NOT_STARTED` when nobody verified the call.
 */
export function delegationOf({ authInfo, http }: HandlerContext): VerifiedPresentation {
  const verdict = verdictIn(authInfo ?? http?.authInfo)
  if (verdict !== undefined) return verdict
  throw new ProcuraError('ERR_PROCURA_NOT_STARTED', 'guard the server first: guardServer(server, { … })')
}

/**
 * The key under which a server of long-lived sessions keeps one: the id of a session alone authenticates nobody, and
 * under this key only the agent that opened it finds it. Others are answered as if there was none.
 *
 * @throws {ProcuraError} As {@link delegationOf}.
 */
export function sessionKey(authInfo: Verified | undefined, sessionId: string): string {
  return `${delegationOf({ authInfo }).presenter} ${sessionId}`
}
