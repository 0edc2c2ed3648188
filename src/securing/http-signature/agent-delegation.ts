import { ProcuraError } from '../../errors.ts'
import { MAX_CHAIN_LINKS } from '../../model/credential.ts'
import { accept, type RefusalCode, refuse, type Verdict } from '../../refusal.ts'

/** Longest `Agent-Delegation`, in bytes: common servers refuse requests whose fields pass 8 KiB in one line. */
export const MAX_AGENT_DELEGATION_BYTES: number = 7.5 * 1024

/** A String member, as a compact JWT or SD-JWT needs it: base64url, `.` and `~`. */
const MEMBER = /"([A-Za-z0-9._~-]+)"/y
const TOKEN = /^[A-Za-z0-9._~-]+$/
const COMMA = /[ \t]*,[ \t]*/y
/** The digest of a chain that was sent before, in place of the chain. */
const REFERENCE = /^ref;sha-256=:[A-Za-z0-9+/]{43}=:$/

/**
 * Reads `Agent-Delegation`: a Structured Fields List of Strings, root first (docs/spec/06-presenting.md §1).
 *
 * Linear; the tokens themselves are not read. A token is no longer than the field, hence within a link's own limit.
 *
 * @returns `limit_exceeded` beyond 7.5 KiB or 8 links; `chain_required` for `ref`, a chain that was to be sent before;
 * `unsupported` for a Byte Sequence (Data Integrity); else `malformed`.
 */
export function parseAgentDelegation(value: string): Verdict<readonly string[]> {
  if (value.length > MAX_AGENT_DELEGATION_BYTES) return refused('limit_exceeded')
  if (REFERENCE.test(value)) return refused('chain_required')
  const tokens: string[] = []
  let at = 0
  do {
    MEMBER.lastIndex = at
    const token = MEMBER.exec(value)?.[1]
    if (token === undefined) return refused(value.charAt(at) === ':' ? 'unsupported' : 'malformed')
    if (tokens.push(token) > MAX_CHAIN_LINKS) return refused('limit_exceeded')
    COMMA.lastIndex = at = MEMBER.lastIndex
    at += COMMA.exec(value)?.[0].length ?? 0
  } while (at > MEMBER.lastIndex)
  return at === value.length ? accept(tokens) : refused('malformed')
}

/**
 * Writes `Agent-Delegation`.
 *
 * @param tokens Root first.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for no token, too many, or one that is not a compact token;
 *   `ERR_PROCURA_PAYLOAD_TOO_LARGE` beyond 7.5 KiB.
 */
export function formatAgentDelegation(tokens: readonly string[]): string {
  const fits = tokens.length > 0 && tokens.length <= MAX_CHAIN_LINKS
  if (!fits || !tokens.every((token) => TOKEN.test(token))) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      `a chain is 1 to ${MAX_CHAIN_LINKS} compact tokens, root first`,
    )
  }
  const value = tokens.map((token) => `"${token}"`).join(', ')
  if (value.length <= MAX_AGENT_DELEGATION_BYTES) return value
  throw new ProcuraError(
    'ERR_PROCURA_PAYLOAD_TOO_LARGE',
    `the chain has ${value.length} bytes, a request field holds ${MAX_AGENT_DELEGATION_BYTES}; use shorter grants or fewer links`,
  )
}

function refused(code: RefusalCode): Verdict<never> {
  return refuse(code, { dimension: 'agent-delegation' })
}
