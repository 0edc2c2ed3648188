import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { BackupManifest } from '../../server/backup/manifest.ts'
import { dataFiles } from '../../server/data-directory.ts'
import type { FsckReport } from '../../server/fsck/fsck.ts'
import { type Cli, example, type Report } from '../cli.ts'
import type { Settings } from '../config/settings.ts'
import { EXIT } from '../exit-codes.ts'
import type { Options } from '../options.ts'
import { stateLines } from '../service/backup-lines.ts'
import { dataDirOf, keyEnvironment } from '../service/data-directory.ts'
import { readServiceConfiguration } from '../service/service-configuration.ts'

export function define(command: Command, cli: Cli): void {
  command
    .argument('<backup>', 'folder that "procura backup" made')
    .option('--data <directory>', 'data directory to restore into (PROCURA_DATA_DIR; default: .procura)')
    .addHelpText(
      'after',
      example('procura restore /backup/procura-20261123T090000000Z --data /var/lib/procura'),
    )
    .action(cli.action((options, [backup = '']) => put(backup, options, cli)))
}

async function put(backup: string, options: Options, cli: Cli): Promise<Report> {
  const { settings } = await readServiceConfiguration(options, cli.host)
  const { database } = settings
  const files = dataFiles(dataDirOf(settings))
  const { assertNode } = await import('../../server/store/sqlite/open-sqlite-store.ts')
  assertNode(process.versions.node)
  const { restore } = await import('../../server/backup/restore.ts')
  const { fsck } = await import('../../server/fsck/fsck.ts')
  const progress = cli.progress()
  const onProgress = (what: string) => progress.show(`${what} …`)
  const place = {
    files,
    env: keyEnvironment(settings),
    onProgress,
    ...(database === undefined ? {} : { database }),
  }
  try {
    const manifest = await restore({
      ...place,
      clock: cli.host.clock,
      backup: resolve(cli.host.directory, backup),
    })
    return reportOf({ manifest, check: await fsck(place), settings }, cli)
  } finally {
    progress.end()
  }
}

/** Where this machine publishes is where to look first. */
function catchUpLine({ publishDirectory, s3Bucket, database, dataDir }: Settings): string {
  const place = publishDirectory ?? (s3Bucket === undefined ? 'PLACE' : 's3')
  const data = database === undefined && dataDir !== undefined ? ` --data ${dataDir}` : ''
  return `\n  procura catch-up --published ${place}${data}`
}

interface Restored {
  readonly manifest: BackupManifest
  readonly check: FsckReport
  readonly settings: Settings
}

function reportOf({ manifest, check, settings }: Restored, { style }: Cli): Report {
  const isSound = check.count === 0
  const place = settings.database === undefined ? dataDirOf(settings) : 'the database'
  return {
    json: { ...manifest, findings: check.findings, count: check.count },
    exitCode: isSound ? EXIT.ok : EXIT.refused,
    lines: [
      style.bold(`Restored into ${place}`),
      ...stateLines(manifest),
      isSound
        ? style.green('It is sound.')
        : style.red(`It contradicts itself (${check.count}): "procura fsck" says where`),
      '',
      `What was done after the backup is not in it, and no service starts before it has caught up:${catchUpLine(settings)}`,
    ],
  }
}
