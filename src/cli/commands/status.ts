import { resolve } from 'node:path'
import type { Command } from 'commander'
import { formatDateTime } from '../../core/date-time.ts'
import { ageSeconds, LATE_HEARTBEATS } from '../../status/freshness.ts'
import type { TrustEntry } from '../../verifier/trust.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { fetchTrustEntry } from '../fetch-trust-entry.ts'
import type { Options } from '../options.ts'
import { syncProblem } from '../status/describe-sync.ts'
import { type Pulled, pullStatus } from '../status/pull-status.ts'
import { type ShownList, type ShownStatus, showStatus } from '../status/show-status.ts'
import { readStatusSource } from '../status/status-source.ts'
import { counted, fields, table } from '../terminal/text.ts'
import { formatRelative, formatTime } from '../terminal/time.ts'
import { readTrustFile, type Trust } from '../trust-file.ts'

export function define(command: Command, cli: Cli): void {
  command
    .command('pull')
    .description('mirror the signed status to files, so that `verify --status DIR` needs no network')
    .requiredOption('--trust <file>', 'anchor file: whose status')
    .requiredOption('--out <directory>', 'the mirror; made when it does not exist')
    .addHelpText('after', example('procura status pull --trust anchor.json --out mirror'))
    .action(cli.action((options) => pull(options, cli)))
  command
    .command('show')
    .description('show the newest head of an authority, its age, and its lists')
    .option('--trust <file>', 'anchor file: whose status (default: ask the issuer for its trust entry)')
    .option('--issuer <url>', 'base URL of the issuer (PROCURA_ISSUER)')
    .option('--status <place>', 'a mirror, or URL of a head (default: as the anchor file says)')
    .addHelpText('after', example('procura status show --trust anchor.json --status mirror'))
    .action(cli.action((options) => show(options, cli)))
}

async function pull(options: Options, cli: Cli): Promise<Report> {
  const trust = await readTrustFile(options.required('trust'), cli.host)
  const directory = resolve(cli.host.directory, options.required('out'))
  const { fetch, clock } = cli.host
  const progress = cli.progress()
  const pulled: Pulled[] = []
  for (const entry of trust.values()) {
    const onFetched = (documents: number) => progress.show(`${entry.head}: ${counted(documents, 'document')}`)
    pulled.push(await pullStatus(entry, { directory, fetch, clock, onFetched }))
  }
  progress.end()
  return {
    json: { directory, authorities: pulled.map(pulledJson) },
    lines: pulled.flatMap((one) => pulledLines(one, cli)),
    exitCode: pulled.every(isGood) ? EXIT.ok : EXIT.statusUnknown,
  }
}

function isGood({ state, alarms }: Pulled): boolean {
  return state.failure === undefined && alarms.length === 0
}

function pulledJson({ state, files, alarms, mirror }: Pulled): object {
  const { authority, lists, failure } = state
  return {
    authority,
    mirror,
    lists,
    written: files.length,
    ...(state.asOf === undefined ? {} : { asOf: formatDateTime(state.asOf) }),
    ...(failure === undefined ? {} : { failure }),
    alarms: alarms.map(({ kind }) => kind),
  }
}

function pulledLines({ state, files, alarms, mirror }: Pulled, { style, host }: Cli): readonly string[] {
  const problem = syncProblem(state)
  const evidence = alarms.map(({ kind }) => style.red(`ALARM ${kind}: the status issuer contradicts itself`))
  if (problem !== undefined) return [...evidence, style.red(problem), 'The mirror stays as it was.']
  const age = state.asOf === undefined ? '' : `, as of ${formatRelative(state.asOf, host.clock())}`
  return [
    ...evidence,
    `${state.authority}: ${counted(state.lists, 'list')}${age}; ${counted(files.length, 'file')} written`,
    `Its mirror in a trust entry: https://…/${mirror}, where the directory is shown at https://…/`,
  ]
}

/** For a look the issuer's own word will do. */
async function trustFor(options: Options, { host }: Cli): Promise<Trust> {
  const file = options.text('trust')
  if (file !== undefined) return readTrustFile(file, host)
  const { readConfiguration } = await import('../config/configuration.ts')
  const { settings } = await readConfiguration(options, host)
  const { issuer } = settings
  if (issuer === undefined)
    throw usageError(
      'say whose status: --trust FILE, or the issuer: --issuer URL, PROCURA_ISSUER, or "issuer:" in procura.yaml',
    )
  const entry = await fetchTrustEntry(issuer, undefined, host)
  return new Map([[entry.authority, entry]])
}

async function show(options: Options, cli: Cli): Promise<Report> {
  const { host } = cli
  const trust = await trustFor(options, cli)
  const source = readStatusSource(options.text('status'), trust, host)
  const shown: (readonly [TrustEntry, ShownStatus])[] = []
  for (const entry of source.trust.values()) {
    shown.push([entry, await showStatus(entry, source.fetch, host.clock)])
  }
  return {
    json: { authorities: shown.map(([entry, status]) => shownJson(entry, status, host.clock())) },
    lines: shown.flatMap(([entry, status]) => shownLines(entry, status, cli)),
    exitCode: shown.every(([, { state }]) => state.failure === undefined) ? EXIT.ok : EXIT.statusUnknown,
  }
}

function shownJson(
  { authority, statusIssuer }: TrustEntry,
  { state, head, lists }: ShownStatus,
  now: number,
): object {
  return {
    authority,
    statusIssuer,
    ...(head === undefined ? {} : { head: headJson(head, now) }),
    lists: lists.map(({ leaf, purpose, validUntil }) => ({
      ...leaf,
      ...(purpose === undefined ? {} : { purpose }),
      ...(validUntil === undefined ? {} : { validUntil: formatDateTime(validUntil) }),
    })),
    ...(state.failure === undefined ? {} : { failure: state.failure }),
  }
}

function headJson({ seq, iatMs, root, heartbeat }: NonNullable<ShownStatus['head']>, now: number): object {
  return { seq, signedAt: formatDateTime(iatMs), ageSeconds: ageSeconds(iatMs, now), heartbeat, root }
}

function shownLines(
  entry: TrustEntry,
  { state, head, lists }: ShownStatus,
  { style, host }: Cli,
): readonly string[] {
  const problem = syncProblem(state)
  const complaint = problem === undefined ? [] : [style.red(problem)]
  const about = fields([
    ['authority', entry.authority],
    ['status issuer', entry.statusIssuer],
    ['head', head === undefined ? undefined : headText(head, host.clock())],
  ])
  const rows = lists.map(listRow)
  const listed =
    rows.length === 0 ? [] : ['', ...table(['LIST', 'PURPOSE', 'STATE', 'VERSION', 'ENDS'], rows)]
  return [...about, ...listed, ...complaint]
}

function headText({ seq, iatMs, heartbeat }: NonNullable<ShownStatus['head']>, now: number): string {
  const late = ageSeconds(iatMs, now) > LATE_HEARTBEATS * heartbeat ? ', late' : ''
  return `number ${seq}, signed ${formatRelative(iatMs, now)}, the next within ${heartbeat} s${late}`
}

function listRow({ leaf, purpose = 'not held', validUntil }: ShownList): readonly string[] {
  const ends = validUntil === undefined ? '' : formatTime(validUntil)
  return [leaf.list, purpose, leaf.state, formatTime(leaf.version), ends]
}
