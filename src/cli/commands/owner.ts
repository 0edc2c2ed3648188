import type { Command } from 'commander'
import { type JsonObject, member } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { type IssuerApi, openIssuer, textOf } from '../issuer-api.ts'
import { collect, type Options } from '../options.ts'
import { addLink } from '../owner/link.ts'
import { listedDetails } from '../owner/listed.ts'
import { addRotate } from '../owner/rotate.ts'
import { addUpdate } from '../owner/update.ts'
import { countsText, foresee, furtherLines, type Hits } from '../registry/foresee.ts'
import { GRANT_HEADER, grantColumns } from '../registry/grant-columns.ts'
import { readGrantOptions, withGrant } from '../registry/grant-options.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { addLifecycleVerbs } from '../registry/lifecycle-verbs.ts'
import { addListing, MAX_NAME_CHARS } from '../registry/listing.ts'
import { itemLines, stateOf, withoutTokens } from '../registry/show-item.ts'
import { shortened } from '../terminal/text.ts'

const PATH = '/v1/owners'

export function define(command: Command, cli: Cli): void {
  defineCreate(command.command('create'), cli)
  addListing(
    command,
    {
      noun: 'owner',
      path: PATH,
      filters: [],
      header: ['ID', 'STATE', 'NAME', 'ACCOUNTABLE', 'ENVIRONMENT', ...GRANT_HEADER],
      row: (item, now) => [
        textOf(item, 'id'),
        stateOf(item, now),
        shortened(textOf(item, 'name'), MAX_NAME_CHARS),
        shortened(textOf(item, 'accountableName'), MAX_NAME_CHARS),
        textOf(item, 'environment'),
        ...grantColumns(member(item, 'entitlements')),
      ],
      details: listedDetails,
    },
    cli,
  )
  addUpdate(command, cli)
  addRotate(command, cli)
  addLink(command, cli)
  const endDescription = 'end an owner and everything that acts for them, for good'
  const noun = { noun: 'owner', path: PATH, end: 'offboard', endDescription, hits, hasDryRun: true }
  addLifecycleVerbs(command, noun, cli)
}

function defineCreate(command: Command, cli: Cli): void {
  withGrant(withIssuer(command))
    .description('register an owner: a person, or a team that names one')
    .requiredOption('--name <text>', 'name of the owner')
    .requiredOption('--accountable <text>', 'name of the human who answers for it; stays in the registry')
    .option('--team <text>', 'team that the owner is')
    .option('--assurance <level>', 'how sure one is of who the human is')
    .option('--environment <name>', "default: the tenant's")
    .option('--principal <did>', 'DID with which the owner calls the issuer')
    .option('--revoker <did>', 'DID that may revoke whatever acts for this owner; may be repeated', collect)
    .addHelpText(
      'after',
      example(
        'procura owner create --name Support --accountable "Ada Lovelace" --action mail.read --location https://mail.example/',
      ),
    )
    .action(cli.action((options) => create(options, cli)))
}

async function create(options: Options, cli: Cli): Promise<Report> {
  const entitlements = await readGrantOptions(options, cli.host)
  if (entitlements === undefined) {
    throw usageError('say what the owner is entitled to: --action and --location, or --details FILE')
  }
  const revokers = options.texts('revoker')
  const texts = ['name', 'accountable', 'team', 'assurance', 'environment', 'principal']
  const api = await openIssuer(options, cli)
  const owner = await api.create(PATH, {
    ...Object.fromEntries(texts.flatMap((name) => [[name, options.text(name)]])),
    entitlements,
    ...(revokers.length === 0 ? {} : { revokers }),
  })
  const next = `Next: procura agent create --owner ${textOf(owner, 'id')} --name NAME --purpose TEXT --generate agent.key.json`
  return { json: withoutTokens(owner), lines: [...itemLines(owner), '', next] }
}

async function hits(api: IssuerApi, owner: JsonObject): Promise<Hits> {
  const id = textOf(owner, 'id')
  const json = await foresee(api, `${PATH}/${id}`, 'offboard')
  const ends = countsText(json, { withAgents: true })
  const line = `Offboarding ${textOf(owner, 'name')} (${id}) ends ${ends}, and destroys the owner's key`
  return { json, lines: [line, ...furtherLines(json)] }
}
