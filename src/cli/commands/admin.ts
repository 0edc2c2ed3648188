import type { Command } from 'commander'
import { isDid } from '../../model/did.ts'
import type { RecoveredAdmin } from '../../server/recover-admin.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import type { Options } from '../options.ts'
import { dataDirOf, keyEnvironment } from '../service/data-directory.ts'
import { readServiceConfiguration } from '../service/service-configuration.ts'
import { fields } from '../terminal/text.ts'

export function define(command: Command, cli: Cli): void {
  command
    .command('recover')
    .description('make a new administrator on the host of the service, whose files are the authority')
    .requiredOption('--tenant <id>', 'tenant that needs one')
    .option('--replace <did>', 'administrator that ends with it: its key is lost, or in the wrong hands')
    .option('--data <directory>', 'data directory (PROCURA_DATA_DIR; default: .procura)')
    .addHelpText('after', example('procura admin recover --tenant acme --replace did:key:z6Mk…'))
    .action(cli.action((options) => recover(options, cli)))
}

async function recover(options: Options, cli: Cli): Promise<Report> {
  const { settings } = await readServiceConfiguration(options, cli.host)
  const replace = options.text('replace')
  if (replace !== undefined && !isDid(replace)) throw usageError('--replace must be a DID')
  const { assertNode } = await import('../../server/store/sqlite/open-sqlite-store.ts')
  assertNode(process.versions.node)
  const { recoverAdmin } = await import('../../server/recover-admin.ts')
  const { database } = settings
  const made = await recoverAdmin({
    dataDir: dataDirOf(settings),
    tenant: options.required('tenant'),
    env: keyEnvironment(settings),
    ...(database === undefined ? {} : { database }),
    ...(replace === undefined ? {} : { replace }),
  })
  return { json: { ...made }, lines: linesOf(made, cli) }
}

function linesOf(
  { tenant, admin, adminKeyFile, replaced }: RecoveredAdmin,
  { style }: Cli,
): readonly string[] {
  return [
    style.bold(`The tenant ${tenant} has a new administrator.`),
    ...fields([
      ['admin', admin],
      ['admin key', `${adminKeyFile} (mode 0600; there is no other copy)`],
      ['ended', replaced ?? 'nobody; --replace DID ends the lost one'],
    ]),
    '',
    'The audit trail has it, and the service warns of it in its log. Use the key with --key, or as "keyFile:" in procura.yaml.',
  ]
}
