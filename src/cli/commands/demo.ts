import type { Command } from 'commander'
import { type Cli, example } from '../cli.ts'
import { EXIT } from '../exit-codes.ts'

export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', example('procura demo')).action(
    cli.action(async () => {
      const { runDemo } = await import('../demo/index.ts')
      const report = await runDemo((line) => {
        if (!cli.json) cli.host.stdout.write(`${line}\n`)
      })
      return { json: report, lines: [], exitCode: report.ok ? EXIT.ok : EXIT.error }
    }),
  )
}
