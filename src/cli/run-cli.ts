import { CommanderError } from 'commander'
import { Cli } from './cli.ts'
import type { ExitCode } from './exit-codes.ts'
import { type Failure, failureOf } from './failure.ts'
import type { Host } from './host.ts'
import { createProgram } from './program.ts'
import { createStyle, wantsColor } from './terminal/style.ts'
import { printable } from './terminal/text.ts'

/**
 * Runs one command.
 *
 * @param words What follows the name of the program.
 * @returns What the process is to end with (docs/cli.md "Exit codes"). Never rejects.
 */
export async function runCli(words: readonly string[], host: Host): Promise<ExitCode> {
  const cli = new Cli(host, words.includes('--json'))
  try {
    await createProgram(cli).parseAsync(withoutHelpCommand(words), { from: 'user' })
    return cli.exitCode
  } catch (error) {
    if (error instanceof CommanderError && isHelp(error)) return error.exitCode === 0 ? 0 : 2
    const failure = advised(failureOf(error), error, cli)
    host.stderr.write(cli.json ? jsonOf(failure) : lineOf(failure, host))
    return failure.exitCode
  }
}

/** `help grant create` is `grant create --help`, so that the command is loaded first. */
function withoutHelpCommand(words: readonly string[]): string[] {
  const [first, ...rest] = words
  return first === 'help' ? [...rest, '--help'] : [...words]
}

/** Help and version have been printed: asked for, or because a subcommand is missing. */
function isHelp({ code }: CommanderError): boolean {
  return ['commander.helpDisplayed', 'commander.help', 'commander.version'].includes(code)
}

/** The parser of the command line says what is wrong, not where to read how it should be. */
function advised(failure: Failure, error: unknown, { command }: Cli): Failure {
  if (!(error instanceof CommanderError) || failure.message.includes('Did you mean')) return failure
  return { ...failure, message: `${failure.message}; see \`procura${command} --help\`` }
}

function jsonOf({ code, message, dimension }: Failure): string {
  const error = { code, message, ...(dimension === undefined ? {} : { dimension }) }
  return `${JSON.stringify({ error })}\n`
}

function lineOf({ message }: Failure, { stderr, environment }: Host): string {
  const style = createStyle(wantsColor(stderr, environment))
  return `${style.red('procura:')} ${printable(message)}\n`
}
