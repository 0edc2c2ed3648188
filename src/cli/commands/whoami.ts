import type { Command } from 'commander'
import { type Cli, example } from '../cli.ts'
import { openIssuer } from '../issuer-api.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { itemLines } from '../registry/show-item.ts'

export function define(command: Command, cli: Cli): void {
  withIssuer(command)
    .addHelpText('after', example('procura whoami'))
    .action(
      cli.action(async (options) => {
        const api = await openIssuer(options, cli)
        const principal = await api.get('/v1/whoami')
        return { json: principal, lines: itemLines(principal) }
      }),
    )
}
