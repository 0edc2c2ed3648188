import { isJsonArray, isJsonObject, type Json, parseStrictJson } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import { MAX_CHAIN_LINKS, MAX_CREDENTIAL_BYTES } from '../model/credential.ts'

/** Largest chain file, in characters: the longest chain, with room for white space. */
const MAX_CHAIN_FILE_CHARS = 2 * MAX_CHAIN_LINKS * MAX_CREDENTIAL_BYTES

/** A chain as a file: how one process hands a delegation to another. */
export interface ChainFile {
  /** Compact tokens or JSON texts, root first. */
  readonly chain: readonly string[]
}

/** The text of a chain file. It holds no private key; whoever reads it learns the grants, not how to use them. */
export function formatChainFile(tokens: readonly string[]): string {
  return `${JSON.stringify({ chain: tokens }, null, 2)}\n`
}

/**
 * Reads the text of a chain file: `{ "chain": ["<link 0>", "<link 1>", …] }`.
 *
 * @param source Where the text comes from, for the message: `PROCURA_CREDENTIAL`, `the chain file`.
 * @returns The tokens, root first. Whether they join is for `createAgent` to say.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when the text has another form.
 */
export function parseChainFile(text: string, source = 'the chain file'): readonly string[] {
  const tokens = text.length > MAX_CHAIN_FILE_CHARS ? undefined : tokensOf(parseStrictJson(text))
  if (tokens !== undefined) return tokens
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `${source} must be JSON of the form {"chain": ["<link 0>", "<link 1>", …]} with 1 to ${MAX_CHAIN_LINKS} compact tokens or JSON texts, root first`,
  )
}

/** The tokens of a `{ chain }` object, as in a chain file or an answer of the issuer; `undefined` if there are none. */
export function tokensOf(json: Json | undefined): readonly string[] | undefined {
  if (!isJsonObject(json)) return undefined
  const { chain } = json
  if (!isJsonArray(chain) || chain.length < 1 || chain.length > MAX_CHAIN_LINKS) return undefined
  const tokens = chain.filter((token) => typeof token === 'string' && token.length <= MAX_CREDENTIAL_BYTES)
  return tokens.length === chain.length ? (tokens as string[]) : undefined
}
