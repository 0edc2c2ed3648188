import { ProcuraError } from '../../errors.ts'
import { MAX_CHAIN_LINKS } from '../../model/credential.ts'
import { accept, type RefusalCode, refuse, type Verdict } from '../../refusal.ts'

/** Longest `Agent-Delegation`, in bytes: common servers refuse requests whose fields pass 8 KiB in one line. */
export const MAX_AGENT_DELEGATION_BYTES: number = 7.5 * 1024

/** What a compact JWT or SD-JWT consists of. */
const TOKEN = /^[A-Za-z0-9._~-]+$/
const COMMA = /[ \t]*,[ \t]*/y
/** The digest of a chain that was sent before, in place of the chain. */
const REFERENCE = /^ref;sha-256=:[A-Za-z0-9+/]{43}=:$/

/**
 * Reads `Agent-Delegation`: a Structured Fields List of Strings, root first (docs/spec/06-presenting.md §1).
 *
 * Linear. Only the list is read: what a token may consist of is for its own parser to say, which also keeps a link
 * within its own limit.
 *
 * @returns `limit_exceeded` beyond 7.5 KiB or 8 links; `chain_required` for `ref`, a chain that was to be sent before;
 * `unsupported` for a Byte Sequence (Data Integrity); else `malformed`.
 */
export function parseAgentDelegation(value: string): Verdict<readonly string[]> {
  if (value.length > MAX_AGENT_DELEGATION_BYTES) return refused('limit_exceeded')
  if (REFERENCE.test(value)) return refused('chain_required')
  if (value.includes('\\')) return refused('malformed')
  const tokens: string[] = []
  for (let at = 0; ; at = COMMA.lastIndex) {
    const end = value.indexOf('"', at + 1)
    if (value.charAt(at) !== '"' || end <= at + 1) return refused(misreadAs(value.charAt(at)))
    tokens.push(value.slice(at + 1, end))
    if (end === value.length - 1) break
    COMMA.lastIndex = end + 1
    if (!COMMA.test(value)) return refused('malformed')
  }
  return tokens.length <= MAX_CHAIN_LINKS ? accept(tokens) : refused('limit_exceeded')
}

/** Byte Sequences carry credentials with Data Integrity proofs, which this reader does not know. */
function misreadAs(first: string): RefusalCode {
  return first === ':' ? 'unsupported' : 'malformed'
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
