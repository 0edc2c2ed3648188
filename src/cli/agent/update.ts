import type { Command } from 'commander'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { openIssuer } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { findingItem } from '../registry/find-item.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { itemLines, withoutTokens } from '../registry/show-item.ts'
import { softwareOf } from './software.ts'

/** Adds `procura agent update`. */
export function addUpdate(command: Command, cli: Cli): void {
  withIssuer(command.command('update').argument('<id>', 'id of the agent'))
    .description('change what is known of an agent; its credentials say it from the next refresh on')
    .option('--name <text>', 'name of the agent')
    .option('--purpose <text>', 'what it is for')
    .option('--software <name@version>', 'what it runs')
    .addHelpText('after', example('procura agent update ID --software mailer@2.1.0'))
    .action(cli.action((options, [id = '']) => update(id, options, cli)))
}

async function update(id: string, options: Options, cli: Cli): Promise<Report> {
  const given = {
    name: options.text('name'),
    purpose: options.text('purpose'),
    software: softwareOf(options),
  }
  const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  if (Object.keys(changes).length === 0) throw usageError('say what changes: --name, --purpose or --software')
  const api = await openIssuer(options, cli)
  const path = `/v1/agents/${encodeURIComponent(id)}`
  const agent = await findingItem({ noun: 'agent', id }, () => api.patch(path, changes))
  return { json: withoutTokens(agent), lines: itemLines(agent) }
}
