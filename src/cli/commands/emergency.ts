import type { Command } from 'commander'
import { type JsonObject, member } from '../../core/json.ts'
import { createLocalSigner, generateKey } from '../../securing/vc-jose/local-signer.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { awaitDrill, type DrillResult } from '../emergency/drill.ts'
import { EXIT } from '../exit-codes.ts'
import { fetchTrustEntry } from '../fetch-trust-entry.ts'
import { type IssuerApi, openIssuer, textOf } from '../issuer-api.ts'
import { collect, type Options } from '../options.ts'
import { confirm } from '../registry/confirm.ts'
import { findingItem } from '../registry/find-item.ts'
import { countsText } from '../registry/foresee.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { followedTrust } from '../status/followed-trust.ts'
import { table } from '../terminal/text.ts'
import { timeText } from '../terminal/time.ts'

const PATH = '/v1/emergency'

/** What can be listed. */
const KINDS = ['key', 'owner', 'authority'] as const

/** How long a drill waits when nothing is said, in seconds: hosts of files show a head every heartbeat. */
const DRILL_SECONDS = '60'

export function define(command: Command, cli: Cli): void {
  withIssuer(command.command('add'))
    .description('list what counts no more at any verifier from its next look on, for good')
    .argument('<kind>', 'key, owner or authority')
    .argument(
      '<name>',
      'id of the key (did:…#…), id or DID of the owner, registered here or not, or DID of this authority',
    )
    .requiredOption('--reason <text>', 'why; for the audit trail')
    .option('--dry-run', 'say what it would hit, and change nothing')
    .option('--yes', 'do not ask')
    .addHelpText('after', example("procura emergency add owner did:key:z6Mk… --reason 'its key was taken'"))
    .action(cli.action((options, [kind = '', name = '']) => add(kind, name, options, cli)))
  withIssuer(command.command('list'))
    .description('list what counts no more')
    .addHelpText('after', example('procura emergency list'))
    .action(cli.action((options) => list(options, cli)))
  withIssuer(command.command('drill'))
    .description('rehearse it: list a key of nobody, and measure until every place shows it')
    .option('--at <url>', 'base URL of a host with the paths of the service; may be repeated', collect)
    .option('--within <seconds>', 'how long it may take', DRILL_SECONDS)
    .addHelpText('after', example('procura emergency drill --at https://status.example'))
    .action(cli.action((options) => drill(options, cli)))
}

async function add(kindText: string, name: string, options: Options, cli: Cli): Promise<Report> {
  const kind = kindOf(kindText)
  const reason = options.required('reason')
  const api = await openIssuer(options, cli)
  const entry = { kind, name: kind === 'owner' ? await didOf(name, api) : name, reason }
  const isDryRun = options.flag('dryRun')
  if (isDryRun || !options.flag('yes')) {
    const preview = await api.post(PATH, { ...entry, dryRun: true })
    const lines = hitLines(entry, preview)
    if (isDryRun) return { json: preview, lines: [...lines, 'This was a dry run; nothing was changed.'] }
    await confirm(lines, options, cli)
  }
  const added = await api.post(PATH, entry)
  return {
    json: added,
    lines: [
      `${kind} ${entry.name} is listed; verifiers refuse it from their next look on`,
      `Next: ${NEXT[kind]}`,
    ],
  }
}

/** What is issued goes on to be refused until this is done. */
const NEXT: Readonly<Record<Entry['kind'], string>> = {
  owner: 'procura owner rotate OWNER_ID --grace 0 gives an owner of this registry another DID',
  key: 'give whoever had it another key: procura key, owner or agent rotate',
  authority: 'set up a new tenant (procura init --tenant), and issue anew under it',
}

/** The list names owners by DID; whoever is at work here knows them by id. */
async function didOf(name: string, api: IssuerApi): Promise<string> {
  if (name.startsWith('did:')) return name
  const path = `/v1/owners/${encodeURIComponent(name)}`
  return textOf(await findingItem({ noun: 'owner', id: name }, () => api.get(path)), 'did')
}

interface Entry {
  readonly kind: (typeof KINDS)[number]
  readonly name: string
  readonly reason: string
}

/** @throws {CliError} */
function kindOf(text: string): Entry['kind'] {
  const kind = KINDS.find((one) => one === text)
  if (kind === undefined) throw usageError(`${text} cannot be listed: say ${KINDS.join(', ')}`)
  return kind
}

function hitLines({ kind, name }: Entry, preview: JsonObject): readonly string[] {
  return [
    `Listing the ${kind} ${name} has every verifier refuse ${whatFalls(preview)}`,
    'It stays listed for good.',
  ]
}

function whatFalls(preview: JsonObject): string {
  switch (member(preview, 'is')) {
    case 'authority':
      return 'everything of this authority'
    case 'service_key':
      return 'whatever this key of the service has signed'
    case 'owner':
    case 'agent':
      return `what is known here of ${countsText(preview, { withAgents: true })}, and all that was derived from it`
    default:
      return 'whatever names it; it is nobody who is registered here'
  }
}

async function list(options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const { items } = await api.page(PATH, { limit: undefined })
  const rows = items.map((item) => [
    textOf(item, 'kind'),
    textOf(item, 'name'),
    timeText(textOf(item, 'addedAt')),
    textOf(item, 'reason'),
  ])
  const lines = rows.length === 0 ? ['Nothing is listed.'] : table(['KIND', 'NAME', 'SINCE', 'REASON'], rows)
  return { json: { items }, lines }
}

/** Nothing real is listed: verifiers ignore the key of a drill, and the next drill takes its place. */
async function drill(options: Options, cli: Cli): Promise<Report> {
  const { fetch, clock } = cli.host
  const withinMs = (options.count('within') ?? 0) * 1000
  const api = await openIssuer(options, cli)
  const tenant = textOf(await api.get('/v1/whoami'), 'tenant')
  const pinned = await fetchTrustEntry(api.issuer, tenant, cli.host)
  const { trust, resolver } = followedTrust(pinned, fetch, clock)
  await trust.refresh()
  const { keyId: key } = await createLocalSigner(await generateKey('Ed25519'))
  const from = clock()
  await api.post(PATH, { kind: 'drill', name: key, reason: 'drill' })
  const waited = { trust: pinned, resolver, key, fetch, clock, from, until: from + withinMs }
  const places = [undefined, ...options.texts('at')]
  const results = await Promise.all(places.map((at) => awaitDrill(waited, at)))
  const isShown = results.every((result) => 'seconds' in result)
  return {
    json: { key, places: results },
    lines: table(['PLACE', 'SHOWN AFTER'], results.map(resultRow)),
    exitCode: isShown ? EXIT.ok : EXIT.error,
  }
}

function resultRow(result: DrillResult): readonly string[] {
  const shown = 'seconds' in result ? `${result.seconds.toFixed(1)} s` : `not in time: ${result.problem}`
  return [result.place, shown]
}
