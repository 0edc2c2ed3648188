import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Cli, example, type Report } from '../cli.ts'
import { openIssuer } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { counted } from '../terminal/text.ts'
import { exportTrail } from './export-trail.ts'

export function defineExport(command: Command, cli: Cli): void {
  withIssuer(command.command('export'))
    .description('write the audit trail to a file, or go on with a file, up to the newest checkpoint')
    .argument('<file>', 'file for the lines; made with mode 0600')
    .addHelpText('after', example('procura audit export trail.jsonl'))
    .action(cli.action((options, [file = '']) => exportTo(file, options, cli)))
}

async function exportTo(file: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const progress = cli.progress()
  try {
    const path = resolve(cli.host.directory, file)
    const show = (entries: number) => progress.show(`${counted(entries, 'entry', 'entries')} …`)
    const { entries, before } = await exportTrail(api, path, show)
    progress.end()
    const added = before === 0 ? '' : `, ${entries - before} of them new`
    return {
      json: { file: path, entries, added: entries - before },
      lines: [
        `${counted(entries, 'entry', 'entries')} in ${file}${added}, closed by a signed checkpoint.`,
        `Verify it with: procura audit verify ${file} --key KEY`,
      ],
    }
  } finally {
    progress.end()
  }
}
