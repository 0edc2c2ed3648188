import type { Command } from 'commander'
import { type Cli, example, type Report } from '../cli.ts'
import { openIssuer } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { findingItem } from '../registry/find-item.ts'
import { graceText, readGrace, withGrace } from '../registry/grace-option.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { itemLines, withoutTokens } from '../registry/show-item.ts'

/** Adds `procura owner rotate`. */
export function addRotate(command: Command, cli: Cli): void {
  withGrace(
    withIssuer(command.command('rotate').argument('<id>', 'id of the owner')).description(
      "give an owner another key in the service's custody, and destroy the old one",
    ),
  )
    .addHelpText('after', example('procura owner rotate ID --grace 1h'))
    .action(cli.action((options, [id = '']) => rotate(id, options, cli)))
}

async function rotate(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const grace = readGrace(options)
  const path = `/v1/owners/${encodeURIComponent(id)}/keys`
  const owner = await findingItem({ noun: 'owner', id }, () => api.post(path, grace))
  const next = 'Agents get their delegations anew when they refresh.'
  return { json: withoutTokens(owner), lines: [...itemLines(owner), '', graceText(grace), next] }
}
