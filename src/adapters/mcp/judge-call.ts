import { isJsonObject, member } from '../../core/json.ts'
import { PRESENTATION_META_KEY, STAPLE_META_KEY } from '../../model/mcp.ts'
import type { Verifier } from '../../verifier/create-verifier.ts'
import type { Ask } from '../../verifier/presentation.ts'
import type { RefusedPresentation, VerifiedPresentation } from '../../verifier/verdict.ts'
import { type OnVerdict, ownRefusal } from '../on-verdict.ts'
import { askOf, type McpRules, ruleFor } from './ask-of.ts'
import { toAuthInfo, verdictIn } from './auth-info.ts'
import type { AuthInfo, Message, MessageExtra, Request } from './protocol.ts'

export interface GuardOptions extends McpRules {
  readonly verifier: Verifier
  /** Request target of the endpoint, as in `/mcp`; granted locations are compared with it. Default `/`. */
  readonly target?: string
  /** Told of every decision. Default: nobody. */
  readonly onVerdict?: OnVerdict<Message>
}

/** Who calls, and what the server is told of them. */
export type CallVerdict =
  | { readonly verified: true; readonly delegation: VerifiedPresentation; readonly authInfo: AuthInfo }
  | RefusedPresentation

/**
 * Decides about one request, by the token in its `_meta`, else by the bearer token that came with it.
 *
 * @returns `not_authorized` (dimension `tools` or `requests`) for what no rule names, `chain_required` without a token, `holder_proof_invalid` where the
 *   two tokens are not of one presenter; else what {@link Verifier.verifyToken} refuses.
 */
export async function judgeCall(
  request: Request,
  extra: MessageExtra | undefined,
  options: GuardOptions,
): Promise<CallVerdict> {
  const { verifier, target = '/' } = options
  const ask = askOf(request, options)
  if (ask === undefined) return ownRefusal({ code: 'not_authorized', dimension: ruleFor(request) })
  const meta = member(request.params, '_meta')
  const bound = isJsonObject(meta) ? member(meta, PRESENTATION_META_KEY) : undefined
  const staple = isJsonObject(meta) ? member(meta, STAPLE_META_KEY) : undefined
  const token = bound ?? extra?.authInfo?.token
  if (typeof token !== 'string') return ownRefusal({ code: 'chain_required', dimension: '_meta' })
  const about = {
    target,
    ...(bound === undefined ? {} : { request }),
    ...(staple === undefined ? {} : { staple }),
  }
  const delegation = await verifier.verifyToken(token, ask, about)
  if (!delegation.verified) return delegation
  const caller = verdictIn(extra?.authInfo)
  if (caller !== undefined && caller.presenter !== delegation.presenter)
    return ownRefusal({ code: 'holder_proof_invalid', dimension: 'authorization' })
  return accepted(delegation, ask, { token, origin: verifier.origin })
}

function accepted(
  delegation: VerifiedPresentation,
  { action }: Ask,
  { token, origin }: { readonly token: string; readonly origin: string },
): CallVerdict {
  return { verified: true, delegation, authInfo: toAuthInfo(delegation, { token, scopes: [action], origin }) }
}
