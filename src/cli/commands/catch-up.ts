import { hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { TenantCaughtUp } from '../../server/catch-up/catch-up.ts'
import type { PublishedSource } from '../../server/catch-up/published-place.ts'
import { dataFiles } from '../../server/data-directory.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import type { Settings } from '../config/settings.ts'
import { collect, type Options } from '../options.ts'
import { confirm } from '../registry/confirm.ts'
import { dataDirOf, keyEnvironment } from '../service/data-directory.ts'
import { publicationPlaces } from '../service/publication-places.ts'
import { readServiceConfiguration } from '../service/service-configuration.ts'
import { counted, fields, printable, shortList } from '../terminal/text.ts'
import { formatTime, parseTime } from '../terminal/time.ts'

/** Ids that are shown of those whom somebody has to decide about; `--json` has all of them. */
const SHOWN_CHARS = 120

export function define(command: Command, cli: Cli): void {
  command
    .option(
      '--published <place>',
      'where its status was published last: a directory (--publish-directory, or a mirror of "procura status pull"), the https URL of a host, or s3 for the configured bucket; several: the newest counts, and revocations of all',
      collect,
    )
    .option(
      '--as-of <time>',
      'when the service published last, as its logs or verifiers tell: what was published then or later is taken over however old it is (default: not when it is older than an hour)',
    )
    .option(
      '--status-key <id>',
      'key that the status is signed with and the registry does not have, as it was rotated after the backup: the DID, # and the multikey; several',
      collect,
    )
    .option(
      '--nothing-since',
      'nothing was done after the backup: the service had ended before it was made, and was not started again',
    )
    .option('--data <directory>', 'data directory of the service (PROCURA_DATA_DIR; default: .procura)')
    .option('--yes', 'do not ask')
    .addHelpText('after', example('procura catch-up --published /srv/procura --data /var/lib/procura'))
    .action(cli.action((options) => takeOver(options, cli)))
}

async function takeOver(options: Options, cli: Cli): Promise<Report> {
  const { settings } = await readServiceConfiguration(options, cli.host)
  const published = sourcesOf(options, settings, cli)
  const asOf = timeOf(options)
  const { database } = settings
  const { assertNode } = await import('../../server/store/sqlite/open-sqlite-store.ts')
  assertNode(process.versions.node)
  await confirm(published === 'none' ? NOTHING_SINCE : HITS, options, cli)
  const { catchUp } = await import('../../server/catch-up/catch-up.ts')
  const progress = cli.progress()
  const tenants = await catchUp({
    files: dataFiles(dataDirOf(settings)),
    published,
    statusKeys: options.texts('statusKey'),
    operator: `${userInfo().username}@${hostname()}`,
    env: keyEnvironment(settings),
    clock: cli.host.clock,
    fetch: cli.host.fetch,
    onProgress: (what) => progress.show(`${what} …`),
    ...(asOf === undefined ? {} : { asOf }),
    ...(database === undefined ? {} : { database }),
  }).finally(() => progress.end())
  return { json: { tenants }, lines: [...tenants.flatMap((tenant) => tenantLines(tenant, cli)), ...NEXT] }
}

/** What cannot be taken back. */
const HITS = [
  'Every index that the registry has not given is revoked: delegations made after the backup end and are to be issued anew',
  'Owners and agents who may have ended since are suspended until an administrator resumes or ends them.',
]

const NOTHING_SINCE = [
  'The registry goes on as the backup has it: what was revoked after it would be in force again, and indexes given twice',
]

const NEXT = [
  '',
  'Look through it before the service is reachable, since nothing published tells of it: administrators who were removed are back,',
  'and keys that were rotated with a grace that had not ended are in force. Then run "procura fsck" and start the service.',
]

function sourcesOf(options: Options, settings: Settings, cli: Cli): readonly PublishedSource[] | 'none' {
  const given = options.texts('published')
  const isNothing = options.flag('nothingSince')
  if (isNothing && given.length > 0) throw usageError('say either --published or --nothing-since')
  if (isNothing) return 'none'
  if (given.length === 0) {
    throw usageError(
      'say with --published where the status was published last: a directory, a bucket (s3), the URL of a host, or a mirror that anybody keeps with "procura status pull". Without it, what was revoked after the backup cannot be known; then set up a new tenant and issue anew',
    )
  }
  return given.map((place) => sourceOf(place, settings, cli))
}

function timeOf(options: Options): number | undefined {
  const text = options.text('asOf')
  const time = text === undefined ? undefined : parseTime(text)
  if (text === undefined || time !== undefined) return time
  throw usageError('--as-of must be a time with its zone, such as 2026-11-23T09:00:00Z')
}

function sourceOf(place: string, settings: Settings, { host }: Cli): PublishedSource {
  if (/^https?:\/\//.test(place)) return { url: place }
  if (place !== 's3') return { directory: resolve(host.directory, place) }
  const { bucket } = publicationPlaces(settings)
  if (bucket === undefined)
    throw usageError('--published s3 needs the settings of the bucket: set PROCURA_S3_BUCKET')
  return { bucket }
}

function tenantLines(report: TenantCaughtUp, { style }: Cli): readonly string[] {
  const { tenant, head, unknownKeys } = report
  const name = style.bold(printable(tenant))
  if (head === undefined) return [`${name} goes on as it was.`]
  return [
    `${name} has caught up with head ${head.seq} of ${formatTime(head.iatMs)}.`,
    ...fields([
      ['ended', `${counted(report.ended ?? 0, 'credential')}, ${counted(report.runsEnded ?? 0, 'run')}`],
      ['suspended', counted(report.suspended ?? 0, 'hold')],
      [
        'burned',
        `${counted(report.burned ?? 0, 'index', 'indexes')} that it had not given, ${counted(report.foreignLists ?? 0, 'list')} that it did not know`,
      ],
      ['owners to decide about', idsOf(report.heldOwners)],
      ['agents to decide about', idsOf(report.heldAgents)],
    ]),
    ...unknownKeys.map((key) =>
      style.yellow(`It was signed with ${printable(key)}, which this registry does not have. ${ROTATE}`),
    ),
  ]
}

const ROTATE =
  'The key of the backup signs again: if it was rotated because somebody else may have it, run "procura key rotate --use status --grace 0" at once, and the same for authority.'

function idsOf(ids: readonly string[] = []): string {
  return ids.length === 0 ? 'none' : `${ids.length}, suspended until then: ${shortList(ids, SHOWN_CHARS)}`
}
