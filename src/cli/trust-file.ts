import { isJsonArray, parseStrictJson } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import { readTrust, type TrustEntry } from '../verifier/trust.ts'
import { usageError } from './cli-error.ts'
import { readText } from './files.ts'
import type { Host } from './host.ts'

/** Trust entries by authority. */
export type Trust = ReadonlyMap<string, TrustEntry>

/**
 * Reads an anchor file: one trust entry, or a list of them (docs/spec/10-reference.md "Trust entry").
 *
 * @throws {CliError} Naming the file and the member to mend.
 */
export async function readTrustFile(file: string, host: Host): Promise<Trust> {
  const json = parseStrictJson((await readText(file, host)).trim())
  if (json !== undefined) return trustOf(isJsonArray(json) ? json : [json], file)
  throw usageError(`${file} is not JSON; export an anchor file with \`procura trust export\``)
}

/**
 * @param source Where the entries are from, for the message.
 * @throws {CliError} When one is not well-formed.
 */
export function trustOf(entries: readonly unknown[], source: string): Trust {
  try {
    return readTrust(entries)
  } catch (error) {
    if (error instanceof ProcuraError) throw usageError(`${source}: ${error.message}`, { cause: error })
    throw error
  }
}
