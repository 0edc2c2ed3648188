import type { Command } from 'commander'
import { type JsonObject, member } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { type IssuerApi, openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { confirm } from '../registry/confirm.ts'
import { findingItem } from '../registry/find-item.ts'
import { countsText, foresee } from '../registry/foresee.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { NO_REASON } from '../registry/lifecycle-verbs.ts'

/** Adds `procura agent transfer`. */
export function addTransfer(command: Command, cli: Cli): void {
  withIssuer(command.command('transfer').argument('<id>', 'id of the agent'))
    .description('give an agent to another owner; all that it has of the present one ends')
    .requiredOption('--to <owner>', 'id of the owner it shall act for')
    .option('--reason <text>', 'why; kept in the audit trail', NO_REASON)
    .option('--yes', 'do not ask')
    .addHelpText('after', example('procura agent transfer ID --to own_2 --reason "moved to another team"'))
    .action(cli.action((options, [id = '']) => transfer(id, options, cli)))
}

async function transfer(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const path = `/v1/agents/${encodeURIComponent(id)}`
  const to = options.required('to')
  const agent = await findingItem({ noun: 'agent', id }, () => api.get(path))
  if (!options.flag('yes')) await confirm([await hits(api, path, { agent, to })], options, cli)
  const body = { owner: to, reason: options.required('reason') }
  const done = await findingItem({ noun: 'owner', id: to }, () => api.post(`${path}/transfer`, body))
  const lines = [
    `agent ${id} is ${to}'s, no longer ${textOf(done, 'from')}'s; ${countsText(done)} ended`,
    `Next: procura grant create --agent ${id} --action NAME --location URL --out chain.json`,
  ]
  return { json: done, lines }
}

async function hits(
  api: IssuerApi,
  path: string,
  { agent, to }: { readonly agent: JsonObject; readonly to: string },
): Promise<string> {
  const ends = countsText(await foresee(api, path, 'revoke'))
  const held = member(agent, 'suspended') === true ? '; the agent stays suspended' : ''
  const who = `${textOf(agent, 'name')} (${textOf(agent, 'id')})`
  return `Giving ${who} to ${to} ends ${ends} of ${textOf(agent, 'owner')}, and ${to} has to grant anew${held}`
}
