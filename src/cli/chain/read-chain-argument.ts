import { isJsonObject, parseStrictJson } from '../../core/json.ts'
import { tokensOf } from '../../holder/chain-file.ts'
import { parseAgentDelegation } from '../../securing/http-signature/agent-delegation.ts'
import { usageError } from '../cli-error.ts'
import { readText } from '../files.ts'
import type { Host } from '../host.ts'

/** Three segments of base64url; of an SD-JWT, disclosures behind them. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*(?:~[A-Za-z0-9_-]*)*$/

/**
 * Finds the links of what a user pasted or named: a chain file, one credential of any mechanism, the value of an
 * `Agent-Delegation` field, or a file (`-`: standard input) with any of these.
 *
 * @returns At least one text, in the order given.
 * @throws {CliError} When it is none of these. The message does not repeat it.
 */
export async function readChainArgument(argument: string, host: Host): Promise<readonly string[]> {
  const pasted = textsIn(argument)
  if (pasted !== undefined) return pasted
  const texts = textsIn(await readText(argument, host))
  if (texts !== undefined) return texts
  throw usageError(
    `${argument === '-' ? 'standard input' : argument} holds no chain: a chain file {"chain": […]}, one credential, or an Agent-Delegation value is wanted`,
  )
}

function textsIn(text: string): readonly string[] | undefined {
  const trimmed = text.trim().replace(/^agent-delegation:\s*/i, '')
  if (COMPACT.test(trimmed) && trimmed.length > 40) return [trimmed]
  if (trimmed.startsWith('{')) return textsInJson(trimmed)
  if (!/^[":]/.test(trimmed)) return undefined
  const field = parseAgentDelegation(trimmed)
  return field.verified ? field.value : undefined
}

/** A chain file, or a credential with a Data Integrity proof, which is its own text. */
function textsInJson(text: string): readonly string[] | undefined {
  const json = parseStrictJson(text)
  return isJsonObject(json) && Object.hasOwn(json, 'proof') ? [text] : tokensOf(json)
}
