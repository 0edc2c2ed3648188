import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { Cli } from './cli.ts'
import { COMMANDS, type CommandEntry } from './commands.ts'

/** The whole command line. Modules of commands are loaded as they are needed. */
export function createProgram(cli: Cli, commands: readonly CommandEntry[] = COMMANDS): Command {
  const program = new Command('procura')
    .description('A power of attorney for AI agents.')
    .version(versionOf(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .option('--json', 'print one JSON document instead of text')
    .option('--config <file>', 'configuration file (default: procura.yaml, if there is one)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => cli.host.stdout.write(text),
      writeErr: (text) => cli.host.stderr.write(text),
      // Told by whoever runs the program, in one line.
      outputError: () => undefined,
    })
    .exitOverride()
    .addHelpText('after', '\n`procura help COMMAND` says more about a command.')
  const entries = new Map(commands.map((entry) => [entry.name, entry]))
  for (const { name, summary } of commands) program.command(name).description(summary).helpCommand(false)
  return program.hook('preSubcommand', async (_, command) => {
    cli.command = ` ${command.name()}`
    const module = await entries.get(command.name())?.load()
    module?.define(command, cli)
    followSubcommands(command, cli)
  })
}

/** Whatever is wrong further down is told of the command that was meant, `grant create`. */
function followSubcommands(command: Command, cli: Cli): void {
  command.hook('preSubcommand', (_, subcommand) => {
    cli.command += ` ${subcommand.name()}`
    followSubcommands(subcommand, cli)
  })
}

function versionOf(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return (manifest as { readonly version: string }).version
}
