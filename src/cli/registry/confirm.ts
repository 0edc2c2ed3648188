import type { Cli } from '../cli.ts'
import { CliError, usageError } from '../cli-error.ts'
import type { Options } from '../options.ts'

/**
 * Asks before something that cannot be taken back. `--yes` answers beforehand; where nobody can be asked, nothing is
 * done without it.
 *
 * @param hits What it will hit, line by line; the first line says it all.
 * @throws {CliError} A usage error where nobody can be asked; `cancelled` when the answer is not yes.
 */
export async function confirm(hits: readonly string[], options: Options, cli: Cli): Promise<void> {
  if (options.flag('yes')) return
  const { stdin, stderr } = cli.host
  if (cli.json || !stdin.isTTY || !stderr.isTTY) {
    throw usageError(`${hits[0]}. This cannot be taken back: say --yes to do it without being asked`)
  }
  for (const line of hits) stderr.write(`${line}\n`)
  const answer = await stdin.ask('This cannot be taken back. Type "yes" to go on: ')
  if (answer.trim().toLowerCase() !== 'yes') throw new CliError('cancelled', 'cancelled; nothing was changed')
}
