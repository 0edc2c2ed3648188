import { decodeBase64 } from '../../core/base64.ts'
import { decodeUtf8, encodeUtf8 } from '../../core/bytes.ts'
import { ProcuraError } from '../../errors.ts'
import { MAX_CHAIN_LINKS } from '../../model/credential.ts'
import { accept, type RefusalCode, refuse, type Verdict } from '../../refusal.ts'
import { formatByteSequence } from './structured-fields.ts'

/** Longest `Agent-Delegation`, in bytes: common servers refuse requests whose fields pass 8 KiB in one line. */
export const MAX_AGENT_DELEGATION_BYTES: number = 7.5 * 1024

/** What a compact JWT or SD-JWT consists of. */
const TOKEN = /^[A-Za-z0-9._~-]+$/
const COMMA = /[ \t]*,[ \t]*/y
/** The digest of a chain that was sent before, in place of the chain. */
const REFERENCE = /^ref;sha-256=(:[A-Za-z0-9+/]{43}=:)$/

/** The digest, `:…:`, of the chain to which a field refers; `undefined` for a field that holds one. */
export function parseReference(value: string): string | undefined {
  return REFERENCE.exec(value)?.[1]
}

/** Writes the field that refers to a chain. @param digest `:…:`. */
export function formatReference(digest: string): string {
  return `ref;sha-256=${digest}`
}

/**
 * Reads `Agent-Delegation`: a Structured Fields List, root first (docs/spec/06-presenting.md §1). A compact token is a
 * String, a credential with Data Integrity proofs a Byte Sequence of its UTF-8 JSON: each has one form only.
 *
 * Linear. Only the list is read: what a text may consist of is for its own parser to say, which also keeps a link
 * within its own limit.
 *
 * @returns The texts of the links. `limit_exceeded` beyond {@link MAX_AGENT_DELEGATION_BYTES} or {@link MAX_CHAIN_LINKS};
 * `chain_required` for `ref`, a chain that was to be sent before; else `malformed`.
 */
export function parseAgentDelegation(value: string): Verdict<readonly string[]> {
  if (value.length > MAX_AGENT_DELEGATION_BYTES) return refused('limit_exceeded')
  if (parseReference(value) !== undefined) return refused('chain_required')
  if (value.includes('\\')) return refused('malformed')
  const texts: string[] = []
  for (let at = 0; ; at = COMMA.lastIndex) {
    const end = value.indexOf(value.charAt(at), at + 1)
    const text = end < 0 ? undefined : readMember(value.charAt(at), value.slice(at + 1, end))
    if (text === undefined) return refused('malformed')
    texts.push(text)
    if (end === value.length - 1) break
    COMMA.lastIndex = end + 1
    if (!COMMA.test(value)) return refused('malformed')
  }
  return texts.length <= MAX_CHAIN_LINKS ? accept(texts) : refused('limit_exceeded')
}

/** @param delimiter What stands before the content and after it. */
function readMember(delimiter: string, content: string): string | undefined {
  if (content === '') return undefined
  if (delimiter === '"') return isJsonText(content) ? undefined : content
  const bytes = delimiter === ':' ? decodeBase64(content) : undefined
  const text = bytes && decodeUtf8(bytes)
  return text !== undefined && isJsonText(text) ? text : undefined
}

/** Tells a credential with Data Integrity proofs from a compact token. */
function isJsonText(text: string): boolean {
  return text.startsWith('{')
}

/**
 * Writes `Agent-Delegation`.
 *
 * @param texts Root first: compact tokens, or JSON texts of credentials with Data Integrity proofs.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for no link, too many, or one that is neither;
 *   `ERR_PROCURA_PAYLOAD_TOO_LARGE` beyond {@link MAX_AGENT_DELEGATION_BYTES}.
 */
export function formatAgentDelegation(texts: readonly string[]): string {
  const members = texts.map(formatMember)
  if (members.length === 0 || members.length > MAX_CHAIN_LINKS || members.includes(undefined)) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      `a chain is 1 to ${MAX_CHAIN_LINKS} compact tokens or JSON texts, root first`,
    )
  }
  const value = members.join(', ')
  if (value.length <= MAX_AGENT_DELEGATION_BYTES) return value
  throw new ProcuraError(
    'ERR_PROCURA_PAYLOAD_TOO_LARGE',
    `the chain has ${value.length} bytes, a request field holds ${MAX_AGENT_DELEGATION_BYTES}; use shorter grants or fewer links`,
  )
}

/** Tells whether {@link formatAgentDelegation} can write a chain of at most {@link MAX_CHAIN_LINKS}. */
export function fitsAgentDelegation(texts: readonly string[]): boolean {
  const delimiters = 4 * texts.length - 2
  const bytes = texts.reduce(
    (sum, text) => sum + (isJsonText(text) ? base64Length(text) : text.length),
    delimiters,
  )
  return bytes <= MAX_AGENT_DELEGATION_BYTES
}

function base64Length(text: string): number {
  return Math.ceil(encodeUtf8(text).length / 3) * 4
}

function formatMember(text: string): string | undefined {
  if (isJsonText(text)) return text.isWellFormed() ? formatByteSequence(encodeUtf8(text)) : undefined
  return TOKEN.test(text) ? `"${text}"` : undefined
}

function refused(code: RefusalCode): Verdict<never> {
  return refuse(code, { dimension: 'agent-delegation' })
}
