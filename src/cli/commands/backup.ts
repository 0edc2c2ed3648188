import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Backup } from '../../server/backup/back-up.ts'
import { dataFiles } from '../../server/data-directory.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { EXIT } from '../exit-codes.ts'
import type { Options } from '../options.ts'
import { keyPlace, stateLines } from '../service/backup-lines.ts'
import { dataDirOf, keyEnvironment } from '../service/data-directory.ts'
import { readServiceConfiguration } from '../service/service-configuration.ts'

export function define(command: Command, cli: Cli): void {
  command
    .requiredOption('--out <folder>', 'where backups lie; each becomes a folder of its own in it')
    .option('--data <directory>', 'data directory of the service (PROCURA_DATA_DIR; default: .procura)')
    .addHelpText('after', example('procura backup --data /var/lib/procura --out /backup'))
    .action(cli.action((options) => make(options, cli)))
}

async function make(options: Options, cli: Cli): Promise<Report> {
  const { settings } = await readServiceConfiguration(options, cli.host)
  const { database } = settings
  const { assertNode } = await import('../../server/store/sqlite/open-sqlite-store.ts')
  assertNode(process.versions.node)
  const { backUp } = await import('../../server/backup/back-up.ts')
  const progress = cli.progress()
  const backup = await backUp({
    files: dataFiles(dataDirOf(settings)),
    into: resolve(cli.host.directory, options.required('out')),
    env: keyEnvironment(settings),
    clock: cli.host.clock,
    onProgress: (what) => progress.show(`${what} …`),
    ...(database === undefined ? {} : { database }),
  }).finally(() => progress.end())
  const { folder, manifest, check } = backup
  const kek = keyPlace(settings)
  return {
    json: { folder, ...manifest, keyEncryptionKey: kek, findings: check.findings, count: check.count },
    lines: linesOf(backup, kek, cli),
    exitCode: check.count === 0 ? EXIT.ok : EXIT.refused,
  }
}

function linesOf({ folder, manifest, check }: Backup, kek: string, { style }: Cli): readonly string[] {
  const isSound = check.count === 0
  return [
    style.bold(`Backed up into ${folder}`),
    ...stateLines(manifest),
    isSound
      ? style.green('The copy is sound.')
      : style.red(`The copy is whole, and says what contradicts itself (${check.count}): run "procura fsck"`),
    '',
    `Not in it: the key-encryption key, which is ${kek}. Without it the backup cannot be restored: keep it, too, and apart from the backup.`,
  ]
}
