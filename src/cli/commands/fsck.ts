import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { dataFiles } from '../../server/data-directory.ts'
import { FSCK_REMEDIES, type FsckFinding } from '../../server/fsck/finding.ts'
import type { FsckReport } from '../../server/fsck/fsck.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import type { Options } from '../options.ts'
import { dataDirOf, keyEnvironment } from '../service/data-directory.ts'
import { readServiceConfiguration } from '../service/service-configuration.ts'
import type { Style } from '../terminal/style.ts'
import { counted, printable } from '../terminal/text.ts'

export function define(command: Command, cli: Cli): void {
  command
    .option('--data <directory>', 'data directory of the service (PROCURA_DATA_DIR; default: .procura)')
    .addHelpText('after', example('procura fsck --data /var/lib/procura'))
    .action(cli.action((options) => check(options, cli)))
}

async function check(options: Options, cli: Cli): Promise<Report> {
  const { settings } = await readServiceConfiguration(options, cli.host)
  const { database } = settings
  const files = dataFiles(dataDirOf(settings))
  if (database === undefined && !existsSync(files.database)) {
    throw usageError(`there is no issuer in ${files.directory}; name its data directory with --data`)
  }
  const { assertNode } = await import('../../server/store/sqlite/open-sqlite-store.ts')
  assertNode(process.versions.node)
  const { fsck } = await import('../../server/fsck/fsck.ts')
  const progress = cli.progress()
  const onProgress = (what: string) => progress.show(`looking at ${what} …`)
  const place = { files, env: keyEnvironment(settings), onProgress }
  const report = await fsck(database === undefined ? place : { ...place, database }).finally(() =>
    progress.end(),
  )
  return {
    json: {
      ...report,
      findings: report.findings.map((finding) => ({ ...finding, fix: FSCK_REMEDIES[finding.code] })),
    },
    lines: linesOf(report, cli.style),
    exitCode: report.count === 0 ? EXIT.ok : EXIT.refused,
  }
}

function linesOf(report: FsckReport, style: Style): readonly string[] {
  const { findings, count, looksAtKeys } = report
  const whole = wholeOf(report)
  const keys = looksAtKeys ? [] : ['Keys were not looked at: the key-encryption key is not at hand.']
  if (count === 0) {
    const parts = `indexes, bits, audit trail${looksAtKeys ? ', keys' : ''} and published status fit`
    return [style.green(`Sound: ${parts}. ${whole}`), ...keys]
  }
  const left = count - findings.length
  return [
    ...findings.flatMap((finding) => findingLines(finding, style)),
    ...(left > 0 ? [`… and ${counted(left, 'finding')} more`] : []),
    '',
    style.red(`${counted(count, 'finding')} in ${whole}`),
    ...keys,
  ]
}

function wholeOf({ tenants, credentials, runs, auditEntries }: FsckReport): string {
  const names = tenants.length === 0 ? '' : `: ${tenants.join(', ')}`
  const rows = [
    counted(credentials, 'credential'),
    counted(runs, 'run'),
    counted(auditEntries, 'audit entry', 'audit entries'),
  ]
  return [`${counted(tenants.length, 'tenant')}${names}`, ...rows].join(', ')
}

function findingLines({ code, tenant, subject, detail }: FsckFinding, style: Style): readonly string[] {
  const where = tenant === undefined ? subject : `${tenant}, ${subject}`
  return [`${style.red(code)}  ${printable(where)}: ${printable(detail)}`, `  ${FSCK_REMEDIES[code]}`]
}
