import { resolve } from 'node:path'
import type { JsonObject } from '../../core/json.ts'
import { formatChainFile, tokensOf } from '../../holder/chain-file.ts'
import type { Cli, Report } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { PRIVATE_MODE, replaceFile } from '../files.ts'
import { textOf } from '../issuer-api.ts'
import { timeText } from '../terminal/time.ts'

/** The tokens of an answer go where the user said, and nowhere else. @param out A file; `-` prints them. */
export function writeChain(answer: JsonObject, out: string, { host }: Cli): Report {
  const tokens = tokensOf(answer)
  if (tokens === undefined) throw new CliError('unusable_answer', 'the issuer gave no chain for this grant')
  if (out === '-') return { json: { chain: tokens }, lines: [formatChainFile(tokens).trimEnd()] }
  const file = resolve(host.directory, out)
  replaceFile(file, formatChainFile(tokens), PRIVATE_MODE)
  const validUntil = textOf(answer, 'validUntil')
  const refreshAt = textOf(answer, 'refreshAt')
  const id = textOf(answer, 'id')
  const times = `valid until ${timeText(validUntil)}, to be fetched again from ${timeText(refreshAt)}`
  return {
    json: { id, file, validUntil, refreshAt },
    lines: [`${id}: the chain is in ${out}; ${times}`],
  }
}
