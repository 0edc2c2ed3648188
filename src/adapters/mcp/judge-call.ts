import { isJsonObject, member } from '../../core/json.ts'
import { PRESENTATION_META_KEY } from '../../model/mcp.ts'
import type { Verifier } from '../../verifier/create-verifier.ts'
import type { Ask } from '../../verifier/presentation.ts'
import {
  completeRefusal,
  type PresentationRefusal,
  type VerifiedPresentation,
} from '../../verifier/verdict.ts'
import { askOf, type McpRules } from './ask-of.ts'
import { toAuthInfo, verdictIn } from './auth-info.ts'
import type { AuthInfo, MessageExtra, Request } from './protocol.ts'

export interface GuardOptions extends McpRules {
  readonly verifier: Verifier
  /** Request target of the endpoint, as in `/mcp`; granted locations are compared with it. Default `/`. */
  readonly target?: string
}

/** Who calls, and what the server is told of them. */
export type CallVerdict =
  | { readonly verified: true; readonly delegation: VerifiedPresentation; readonly authInfo: AuthInfo }
  | { readonly verified: false; readonly refusal: PresentationRefusal }

/**
 * Decides about one request, by the token in its `_meta`, else by the bearer token that came with it.
 *
 * @returns `not_authorized` for what no rule names, `chain_required` without a token, `holder_proof_invalid` where the
 *   two tokens are not of one presenter; else what {@link Verifier.verifyToken} refuses.
 */
export async function judgeCall(
  request: Request,
  extra: MessageExtra | undefined,
  options: GuardOptions,
): Promise<CallVerdict> {
  const { verifier, target = '/' } = options
  const ask = askOf(request, options)
  if (ask === undefined) return refused({ code: 'not_authorized', dimension: 'actions' })
  const meta = member(request.params, '_meta')
  const bound = isJsonObject(meta) ? member(meta, PRESENTATION_META_KEY) : undefined
  const token = bound ?? extra?.authInfo?.token
  if (typeof token !== 'string') return refused(MISSING)
  const about = bound === undefined ? { target } : { target, request }
  const delegation = await verifier.verifyToken(token, ask, about)
  if (!delegation.verified) return { verified: false, refusal: delegation.refusal }
  const caller = verdictIn(extra?.authInfo)
  if (caller !== undefined && caller.presenter !== delegation.presenter)
    return refused({ code: 'holder_proof_invalid', dimension: 'authorization' })
  return accepted(delegation, ask, { token, origin: verifier.origin })
}

const MISSING = { code: 'chain_required', dimension: '_meta' } as const

function accepted(
  delegation: VerifiedPresentation,
  { action }: Ask,
  { token, origin }: { readonly token: string; readonly origin: string },
): CallVerdict {
  return { verified: true, delegation, authInfo: toAuthInfo(delegation, { token, scopes: [action], origin }) }
}

function refused(refusal: Parameters<typeof completeRefusal>[0]): CallVerdict {
  return { verified: false, refusal: completeRefusal(refusal, false) }
}
