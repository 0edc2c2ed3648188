import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { formatDateTime } from '../../core/date-time.ts'
import type { Agent } from '../../holder/agent.ts'
import { type Environment, readEnvironment } from '../../holder/agent-environment.ts'
import { formatChainFile, parseChainFile } from '../../holder/chain-file.ts'
import { createAgentFrom } from '../../holder/create-agent.ts'
import type { DelegateOptions } from '../../holder/delegate-options.ts'
import type { DelegatedChain } from '../../holder/derive-chain.ts'
import { type Duration, parseDuration } from '../../holder/duration.ts'
import { MECHANISMS, type Mechanism } from '../../model/chain.ts'
import { parseKeyDid } from '../../model/did-methods.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { PRIVATE_MODE, readText, replaceFile } from '../files.ts'
import type { Host } from '../host.ts'
import { parseKey } from '../key-file.ts'
import type { Options } from '../options.ts'
import { readGrantOptions, withGrant } from '../registry/grant-options.ts'
import { formatTime } from '../terminal/time.ts'

export function define(command: Command, cli: Cli): void {
  withGrant(command)
    .option('--key <file>', 'private key of the agent that delegates (PROCURA_AGENT_KEY_FILE)')
    .option('--chain <file>', 'its chain file (PROCURA_CREDENTIAL_FILE)')
    .option(
      '--state <directory>',
      'where it remembers which status indexes it gave away (PROCURA_STATE; default: beside the key)',
    )
    .requiredOption('--to <did>', 'to whom: did:key or did:jwk')
    .requiredOption('--lifetime <duration>', 'how long it lives, such as 10m')
    .requiredOption('--out <file>', 'chain file for the other; "-" prints it')
    .addOption(
      new Option('--kind <kind>', 'what the other is').choices(['SubAgent', 'Run']).default('SubAgent'),
    )
    .addOption(
      new Option('--mechanism <name>', 'how the new link is secured').choices(MECHANISMS).default('vc+jwt'),
    )
    .option('--name <text>', 'for people')
    .option('--purpose <text>', 'what it is for')
    .option('--max-depth <links>', 'how many links the other may add')
    .option('--lease <count>', 'how many delegations the other can make revocable by themselves')
    .option('--allow-statusless', 'let the other delegate without status')
    .option('--statusless', 'without status: it cannot be revoked, and lives 15 minutes at most')
    .addHelpText(
      'after',
      example(
        'procura delegate --key agent.key.json --chain chain.json --to did:key:z6Mk… --action mail.read --location https://mail.example/ --lifetime 10m --out helper.json',
      ),
    )
    .action(cli.action((options) => delegate(options, cli)))
}

async function delegate(options: Options, cli: Cli): Promise<Report> {
  const request = await requestOf(options, cli.host)
  const agent = await openAgent(options, cli.host)
  const delegated = await agent.delegate(request)
  const out = options.required('out')
  if (out === '-') return { json: delegated.toJSON(), lines: [formatChainFile(delegated.chain).trimEnd()] }
  const file = resolve(cli.host.directory, out)
  replaceFile(file, formatChainFile(delegated.chain), PRIVATE_MODE)
  return reportOf(delegated, file)
}

function reportOf({ id, subject, validUntil, status }: DelegatedChain, file: string): Report {
  const until = formatDateTime(validUntil)
  const revocable =
    status === undefined
      ? 'it cannot be revoked'
      : `it can be revoked as index ${status.index} of ${status.revocation}`
  return {
    json: { id, subject, file, validUntil: until, ...(status === undefined ? {} : { status }) },
    lines: [
      `${id} for ${subject}: the chain is in ${file}; valid until ${formatTime(validUntil)}, ${revocable}`,
    ],
  }
}

/** The agent of the options and, for what they leave out, of the environment. Never calls anybody. */
async function openAgent(options: Options, host: Host): Promise<Agent> {
  const environment = await agentEnvironment(options, host)
  const { key, chain, storage } = await readEnvironment(environment)
  return createAgentFrom({
    key,
    clock: host.clock,
    ...(chain === undefined ? {} : { chain }),
    ...(storage === undefined ? {} : { storage }),
  })
}

async function agentEnvironment(options: Options, host: Host): Promise<Environment> {
  const key = options.text('key')
  const chain = options.text('chain')
  const keyFile = key ?? present(host.environment.PROCURA_AGENT_KEY_FILE)
  const state = options.text('state') ?? present(host.environment.PROCURA_STATE)
  if (state === undefined && keyFile === undefined) {
    throw usageError('say where the agent remembers which status indexes it gave away: --state DIRECTORY')
  }
  return {
    ...host.environment,
    ...(key === undefined ? {} : { PROCURA_AGENT_KEY: await keyText(key, host), PROCURA_AGENT_KEY_FILE: '' }),
    ...(chain === undefined
      ? {}
      : { PROCURA_CREDENTIAL: await chainText(chain, host), PROCURA_CREDENTIAL_FILE: '' }),
    PROCURA_STATE: resolve(host.directory, state ?? `${keyFile}.state`),
  }
}

async function keyText(file: string, host: Host): Promise<string> {
  const text = await readText(file, host)
  parseKey(text, file)
  return text
}

async function chainText(file: string, host: Host): Promise<string> {
  const text = await readText(file, host)
  parseChainFile(text, file)
  return text
}

function present(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text
}

async function requestOf(options: Options, host: Host): Promise<DelegateOptions> {
  const grant = await readGrantOptions(options, host)
  if (grant === undefined) throw usageError('say what is granted: --action and --location, or --details FILE')
  const to = parseKeyDid(options.required('to'))
  if (to === undefined)
    throw usageError('--to must be a did:key or did:jwk; `procura agent keygen FILE` makes one')
  const texts = ['name', 'purpose'].flatMap((name) => {
    const text = options.text(name)
    return text === undefined ? [] : [[name, text]]
  })
  const maxDepth = options.count('maxDepth')
  const leaseSize = options.count('lease')
  return {
    to,
    grant,
    lifetime: lifetimeOf(options),
    kind: options.text('kind') === 'Run' ? 'Run' : 'SubAgent',
    ...mechanismOf(options),
    ...Object.fromEntries(texts),
    ...(maxDepth === undefined ? {} : { maxDepth }),
    ...(leaseSize === undefined ? {} : { leaseSize }),
    ...(options.flag('statusless') ? { statusless: true } : {}),
    ...(options.flag('allowStatusless') ? { allowStatusless: true } : {}),
  }
}

/** Commander has held the text against the choices. */
function mechanismOf(options: Options): { readonly mechanism?: Mechanism } {
  const text = options.text('mechanism')
  const mechanism = MECHANISMS.find((name) => name === text)
  return mechanism === undefined ? {} : { mechanism }
}

function lifetimeOf(options: Options): Duration {
  return options.parsed('lifetime', (text) => parseDuration(text)) ?? 0
}
