import type { Command } from 'commander'
import { type JsonObject, member } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { addNarrow } from '../grant/narrow.ts'
import { type IssuerApi, openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { countActive, RUNS } from '../registry/count-items.ts'
import { findingItem } from '../registry/find-item.ts'
import type { Hits } from '../registry/foresee.ts'
import { GRANT_HEADER, grantColumns } from '../registry/grant-columns.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { addLifecycleVerbs } from '../registry/lifecycle-verbs.ts'
import { addListing, MAX_NAME_CHARS } from '../registry/listing.ts'
import { itemLines, stateOf, withoutTokens } from '../registry/show-item.ts'
import { grantOnce, mechanismOption, readTerms, withTerms } from '../registry/terms-options.ts'
import { writeChain } from '../registry/write-chain.ts'
import { shortened } from '../terminal/text.ts'
import { timeText } from '../terminal/time.ts'

const PATH = '/v1/delegations'

export function define(command: Command, cli: Cli): void {
  defineCreate(command.command('create'), cli)
  addListing(
    command,
    {
      noun: 'grant',
      path: PATH,
      filters: ['agent', 'owner'],
      header: ['ID', 'STATE', 'AGENT', 'NAME', ...GRANT_HEADER, 'ENDS'],
      row: (item, now) => [
        textOf(item, 'id'),
        stateOf(item, now),
        textOf(item, 'agent'),
        shortened(textOf(item, 'name'), MAX_NAME_CHARS),
        ...grantColumns(member(item, 'authorizationDetails')),
        timeText(textOf(item, 'validUntil')),
      ],
    },
    cli,
  )
  withIssuer(command.command('fetch'))
    .description('get the chain of a grant, renewed when it is past half its life')
    .argument('<id>', 'id of the grant')
    .addOption(mechanismOption('how it is secured (default: as chosen when the grant was made)'))
    .requiredOption('--out <file>', 'chain file; "-" prints it')
    .addHelpText('after', example('procura grant fetch urn:uuid:… --out chain.json'))
    .action(cli.action((options, [id = '']) => fetchChain(id, options, cli)))
  addNarrow(command, cli)
  const endDescription = 'end a grant and everything derived from it, for good'
  addLifecycleVerbs(command, { noun: 'grant', path: PATH, end: 'revoke', endDescription, hits }, cli)
}

function defineCreate(command: Command, cli: Cli): void {
  withTerms(withIssuer(command))
    .description('delegate to an agent: issue link 1 of its chain')
    .requiredOption('--agent <id>', 'id of the agent')
    .option('--name <text>', 'for people')
    .option('--out <file>', 'write the chain file; "-" prints it')
    .addHelpText(
      'after',
      example(
        'procura grant create --agent agt_1 --action mail.read --location https://mail.example/ --lifetime 24h --out chain.json',
      ),
    )
    .action(cli.action((options) => create(options, cli)))
}

async function create(options: Options, cli: Cli): Promise<Report> {
  const body = await bodyOf(options, cli)
  const api = await openIssuer(options, cli)
  const agent = options.required('agent')
  const delegation = await findingItem({ noun: 'agent', id: agent }, () => api.create(PATH, body))
  const out = options.text('out')
  const id = textOf(delegation, 'id')
  if (out === undefined) {
    const next = `Next, the agent gets its chain: procura grant fetch ${id} --out chain.json`
    return { json: withoutTokens(delegation), lines: [...itemLines(delegation), '', next] }
  }
  const report = writeChain(delegation, out, cli)
  return out === '-' ? report : { ...report, json: { ...withoutTokens(delegation), ...report.json } }
}

async function bodyOf(options: Options, { host }: Cli): Promise<object> {
  const terms = await readTerms(options, host)
  if (terms === undefined) throw grantOnce()
  const name = options.text('name')
  return { agent: options.required('agent'), ...terms, ...(name === undefined ? {} : { name }) }
}

async function fetchChain(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const mechanism = options.text('mechanism')
  const path = `${PATH}/${encodeURIComponent(id)}/credential`
  const answer = await findingItem({ noun: 'grant', id }, () => api.post(path, {}, { mechanism }))
  return writeChain({ id, ...answer }, options.required('out'), cli)
}

async function hits(api: IssuerApi, grant: JsonObject): Promise<Hits> {
  const id = textOf(grant, 'id')
  const runs = await countActive(api, RUNS, { delegation: id })
  const agent = textOf(grant, 'agent')
  const line = `Revoking ${id} of ${agent} ends it, ${runs} that are registered, and whatever was derived offline`
  return { lines: [line] }
}
