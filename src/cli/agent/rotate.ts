import type { Command } from 'commander'
import { type Cli, example, type Report } from '../cli.ts'
import { openIssuer } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { findingItem } from '../registry/find-item.ts'
import { graceText, readGrace, withGrace } from '../registry/grace-option.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { itemLines, withoutTokens } from '../registry/show-item.ts'
import { identityOf, withNewKey } from './new-key.ts'

/** Adds `procura agent rotate`. */
export function addRotate(command: Command, cli: Cli): void {
  withGrace(
    withIssuer(command.command('rotate').argument('<id>', 'id of the agent'))
      .description('give an agent another key; same identity, same delegations')
      .option('--did <did>', 'DID of the new key')
      .option('--generate <file>', 'make the new key: new file for the private key'),
  )
    .addHelpText('after', example('procura agent rotate ID --generate agent.next.json'))
    .action(cli.action((options, [id = '']) => rotate(id, options, cli)))
}

async function rotate(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const grace = readGrace(options)
  const { did, file } = await identityOf(options, cli)
  const route = `/v1/agents/${encodeURIComponent(id)}/keys`
  const agent = await findingItem({ noun: 'agent', id }, () =>
    withNewKey(file, () => api.post(route, { did, ...grace })),
  )
  const kept = file === undefined ? [] : [`The private key is in ${file}; there is no other copy.`]
  const next = 'Next: start the agent with the new key; with the chain that it has it fetches its own anew.'
  return {
    json: { ...withoutTokens(agent), ...(file === undefined ? {} : { keyFile: file }) },
    lines: [...itemLines(agent), '', ...kept, graceText(grace), next],
  }
}
