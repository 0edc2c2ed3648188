import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { JsonObject } from '../../core/json.ts'
import { addEnrol } from '../agent/enrol.ts'
import { addInvitations } from '../agent/invitations.ts'
import { addInvite } from '../agent/invite.ts'
import { addLeases } from '../agent/leases.ts'
import { identityOf, withNewKey } from '../agent/new-key.ts'
import { addRetire } from '../agent/retire.ts'
import { addRotate } from '../agent/rotate.ts'
import { softwareOf } from '../agent/software.ts'
import { addTransfer } from '../agent/transfer.ts'
import { addTree } from '../agent/tree.ts'
import { addUpdate } from '../agent/update.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { type IssuerApi, openIssuer, textOf } from '../issuer-api.ts'
import { createKeyFile, type PublicHalf, readPublicHalf } from '../key-file.ts'
import type { Options } from '../options.ts'
import { countsText, foresee, furtherLines, type Hits } from '../registry/foresee.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { addLifecycleVerbs } from '../registry/lifecycle-verbs.ts'
import { addListing, MAX_NAME_CHARS } from '../registry/listing.ts'
import { itemLines, stateOf, withoutTokens } from '../registry/show-item.ts'
import { shortened } from '../terminal/text.ts'

const PATH = '/v1/agents'

export function define(command: Command, cli: Cli): void {
  defineCreate(command.command('create'), cli)
  addInvite(command, cli)
  addInvitations(command, cli)
  addEnrol(command, cli)
  command
    .command('keygen')
    .description(
      'make a key: of an agent, a run, an auditor, or what signs receipts or bundles; registers nothing',
    )
    .argument('<file>', 'new file for the private key; only its owner may read it')
    .addHelpText('after', example('procura agent keygen agent.key.json'))
    .action(cli.action((_, [file = '']) => keygen(file, cli)))
  command
    .command('pubkey')
    .description('print what may be known of a key: its DID and its public half')
    .argument('<file>', 'file with the key, a JWK')
    .addHelpText('after', example('procura agent pubkey service.key.json'))
    .action(cli.action((_, [file = '']) => pubkey(file, cli)))
  addListing(
    command,
    {
      noun: 'agent',
      path: PATH,
      filters: ['owner'],
      header: ['ID', 'STATE', 'NAME', 'PURPOSE', 'OWNER', 'MODE', 'DID'],
      row: (item, now) => [
        textOf(item, 'id'),
        stateOf(item, now),
        shortened(textOf(item, 'name'), MAX_NAME_CHARS),
        shortened(textOf(item, 'purpose'), MAX_NAME_CHARS),
        textOf(item, 'owner'),
        textOf(item, 'mode'),
        textOf(item, 'did'),
      ],
    },
    cli,
  )
  addTree(command, cli)
  addLeases(command, cli)
  addTransfer(command, cli)
  addUpdate(command, cli)
  addRotate(command, cli)
  addRetire(command, cli)
  const endDescription = 'end an agent with all its delegations and runs, for good'
  const noun = { noun: 'agent', path: PATH, end: 'revoke', endDescription, hits, hasDryRun: true }
  addLifecycleVerbs(command, noun, cli)
}

function defineCreate(command: Command, cli: Cli): void {
  const modes = new Option('--mode <mode>', 'how it acts')
    .choices(['delegated', 'autonomous'])
    .default('delegated')
  withIssuer(command)
    .description('register an agent of an owner')
    .requiredOption('--owner <id>', 'id of the owner it acts for')
    .requiredOption('--name <text>', 'name of the agent')
    .requiredOption('--purpose <text>', 'what it is for')
    .option('--did <did>', 'DID of the key that the agent has already')
    .option('--generate <file>', 'make a key for it: new file for the private key')
    .addOption(modes)
    .option('--software <name@version>', 'what it runs')
    .addHelpText(
      'after',
      example(
        'procura agent create --owner own_1 --name triage --purpose "sorts mail" --generate agent.key.json',
      ),
    )
    .action(cli.action((options) => create(options, cli)))
}

async function create(options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const software = softwareOf(options)
  const { did, file } = await identityOf(options, cli)
  const body = {
    owner: options.required('owner'),
    did,
    name: options.required('name'),
    purpose: options.required('purpose'),
    mode: options.required('mode'),
    ...(software === undefined ? {} : { software }),
  }
  const agent = await withNewKey(file, () => api.create(PATH, body))
  const key = file === undefined ? [] : [`The private key is in ${file}; there is no other copy.`]
  const next = `Next: procura grant create --agent ${textOf(agent, 'id')} --action NAME --location URL --out chain.json`
  return {
    json: { ...withoutTokens(agent), ...(file === undefined ? {} : { keyFile: file }) },
    lines: [...itemLines(agent), '', ...key, next],
  }
}

async function keygen(file: string, { host }: Cli): Promise<Report> {
  const path = resolve(host.directory, file)
  const half = await createKeyFile(path)
  return {
    json: { ...half, keyFile: path },
    lines: [...halfLines(half), `The private key is in ${path}; there is no other copy.`],
  }
}

async function pubkey(file: string, { host }: Cli): Promise<Report> {
  const half = await readPublicHalf(file, host)
  return { json: half, lines: halfLines(half) }
}

/** The public half is printed as it goes into a file. */
function halfLines({ did, publicKey }: PublicHalf): readonly string[] {
  return [did, JSON.stringify(publicKey)]
}

async function hits(api: IssuerApi, agent: JsonObject): Promise<Hits> {
  const id = textOf(agent, 'id')
  const json = await foresee(api, `${PATH}/${id}`, 'revoke')
  const line = `Revoking ${textOf(agent, 'name')} (${id}) ends ${countsText(json)}; it never gets another one`
  return { json, lines: [line, ...furtherLines(json)] }
}
