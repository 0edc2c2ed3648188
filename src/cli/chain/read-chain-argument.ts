import { parseStrictJson } from '../../core/json.ts'
import { tokensOf } from '../../holder/chain-file.ts'
import { parseAgentDelegation } from '../../securing/http-signature/agent-delegation.ts'
import { usageError } from '../cli-error.ts'
import { readText } from '../files.ts'
import type { Host } from '../host.ts'

/** Three segments of base64url. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/

/**
 * Finds the tokens of what a user pasted or named: a chain file, one token, the value of an `Agent-Delegation` field,
 * or a file (`-`: standard input) with any of these.
 *
 * @returns At least one token, in the order given.
 * @throws {CliError} When it is none of these. The message does not repeat it.
 */
export async function readChainArgument(argument: string, host: Host): Promise<readonly string[]> {
  const pasted = tokensIn(argument)
  if (pasted !== undefined) return pasted
  const tokens = tokensIn(await readText(argument, host))
  if (tokens !== undefined) return tokens
  throw usageError(
    `${argument === '-' ? 'standard input' : argument} holds no chain: a chain file {"chain": […]}, one token, or an Agent-Delegation value is wanted`,
  )
}

function tokensIn(text: string): readonly string[] | undefined {
  const trimmed = text.trim().replace(/^agent-delegation:\s*/i, '')
  if (COMPACT.test(trimmed) && trimmed.length > 40) return [trimmed]
  if (trimmed.startsWith('{')) return tokensOf(parseStrictJson(trimmed))
  if (!/^[":]/.test(trimmed)) return undefined
  const field = parseAgentDelegation(trimmed)
  return field.verified ? field.value : undefined
}
