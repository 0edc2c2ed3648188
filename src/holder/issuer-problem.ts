import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import { type IssuerProblem, ProcuraError } from '../errors.ts'

/** Longest `detail` that is kept, in characters. */
const MAX_DETAIL_CHARS = 500

/** Most members at fault that are kept: nobody mends more at a time. */
const MAX_ERRORS = 16

/**
 * What the issuer's problem document (RFC 9457) says, as the error to throw.
 *
 * @returns `undefined` when the body is no problem document: then it was not the issuer who answered.
 */
export function refusalOfIssuer(status: number, json: Json | undefined): ProcuraError | undefined {
  const code = isJsonObject(json) ? member(json, 'code') : undefined
  if (!isJsonObject(json) || typeof code !== 'string' || !/^[a-z_]{1,64}$/.test(code)) return undefined
  const detail = textMember(json, 'detail')
  const dimension = textMember(json, 'dimension')
  const errors = membersAtFault(json)
  const problem: IssuerProblem = {
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(dimension === undefined ? {} : { dimension }),
    ...(errors.length === 0 ? {} : { errors }),
  }
  const own = [...(detail === undefined ? [] : [detail]), ...errors.map(describeMember)]
  const reasons = own.length === 0 ? (textMember(json, 'title') ?? '') : own.join('; ')
  const message = `the issuer refused (${status} ${code})${reasons === '' ? '' : `: ${reasons}`}`
  return new ProcuraError('ERR_PROCURA_ISSUER_REFUSED', message, { problem })
}

/** Whether the call may succeed when it is simply made again: no answer, 429 or 5xx. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof ProcuraError)) return false
  const { status = 0 } = error.problem ?? {}
  return error.code === 'ERR_PROCURA_ISSUER_UNREACHABLE' || status === 429 || status >= 500
}

type MemberAtFault = NonNullable<IssuerProblem['errors']>[number]

function membersAtFault(json: JsonObject): readonly MemberAtFault[] {
  const errors = member(json, 'errors')
  return isJsonArray(errors) ? errors.slice(0, MAX_ERRORS).flatMap(memberAtFault) : []
}

function memberAtFault(json: Json): readonly MemberAtFault[] {
  const pointer = isJsonObject(json) ? textMember(json, 'pointer') : undefined
  const message = isJsonObject(json) ? textMember(json, 'message') : undefined
  return pointer === undefined || message === undefined ? [] : [{ pointer, message }]
}

function describeMember({ pointer, message }: MemberAtFault): string {
  return `${pointer} ${message}`
}

/** On one line and of bounded length, because it goes into a message. */
function textMember(json: JsonObject, name: string): string | undefined {
  const text = member(json, name)
  if (typeof text !== 'string') return undefined
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, MAX_DETAIL_CHARS)
}
