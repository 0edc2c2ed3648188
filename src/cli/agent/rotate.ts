import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { openIssuer } from '../issuer-api.ts'
import { createKeyFile } from '../key-file.ts'
import type { Options } from '../options.ts'
import { findingItem } from '../registry/find-item.ts'
import { graceText, readGrace, withGrace } from '../registry/grace-option.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { itemLines, withoutTokens } from '../registry/show-item.ts'
import { withNewKey } from './new-key.ts'

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
  const [did, file] = [options.text('did'), options.text('generate')]
  if ((did === undefined) === (file === undefined)) {
    throw usageError('give --did DID for a key that the agent has, or --generate FILE for a new one')
  }
  const api = await openIssuer(options, cli)
  const grace = readGrace(options)
  const path = file && resolve(cli.host.directory, file)
  const key = path === undefined ? did : (await createKeyFile(path)).did
  const route = `/v1/agents/${encodeURIComponent(id)}/keys`
  const agent = await findingItem({ noun: 'agent', id }, () =>
    withNewKey(path, () => api.post(route, { did: key, ...grace })),
  )
  const kept = path === undefined ? [] : [`The private key is in ${path}; there is no other copy.`]
  const next = 'Next: start the agent with the new key; with the chain that it has it fetches its own anew.'
  return {
    json: { ...withoutTokens(agent), ...(path === undefined ? {} : { keyFile: path }) },
    lines: [...itemLines(agent), '', ...kept, graceText(grace), next],
  }
}
