import { existsSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import type { Command } from 'commander'
import { isLoopbackHost } from '../../model/status-url.ts'
import { adminKeyFile } from '../../server/data-directory.ts'
import type { Initialized } from '../../server/initialize.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { SETTINGS_FILE } from '../config/settings-file.ts'
import { createFile, PUBLIC_MODE } from '../files.ts'
import type { Options } from '../options.ts'
import { dataDirOf, keyEnvironment } from '../service/data-directory.ts'
import { readServiceConfiguration } from '../service/service-configuration.ts'
import { fields } from '../terminal/text.ts'

/** For trying things out on one machine. */
const LOOPBACK_ORIGIN = 'http://127.0.0.1:8787'

export function define(command: Command, cli: Cli): void {
  command
    .requiredOption('--tenant <id>', 'tenant to set up: lower-case letters, digits and inner hyphens')
    .option('--environment <name>', 'environment of its credentials', 'production')
    .option(
      '--origin <url>',
      `under which the world reaches the service; it stays (PROCURA_ORIGIN; default: ${LOOPBACK_ORIGIN})`,
    )
    .option(
      '--did-web',
      'make the authority the did:web of the origin, which service providers trust by name',
    )
    .option('--data <directory>', 'data directory (PROCURA_DATA_DIR; default: .procura)')
    .option('--no-settings', `do not write ${SETTINGS_FILE}`)
    .addHelpText(
      'after',
      example('procura init --tenant acme --origin https://id.example --data /var/lib/procura'),
    )
    .action(cli.action((options) => init(options, cli)))
}

async function init(options: Options, cli: Cli): Promise<Report> {
  const { settings } = await readServiceConfiguration(options, cli.host)
  const dataDir = dataDirOf(settings)
  const origin = settings.origin ?? LOOPBACK_ORIGIN
  const { database } = settings
  const place = { dataDir, origin, ...(database === undefined ? {} : { database }) }
  const made = await setUp(options, { ...place, env: keyEnvironment(settings) })
  const settingsFile = options.flag('settings') ? writeSettings(made, { dataDir, origin }, cli) : undefined
  const { tenant, database: registry, admin, adminKeyFile, trust } = made
  const json = {
    tenant: tenant.id,
    environment: tenant.environment,
    origin,
    dataDir,
    database: registry,
    admin,
    adminKeyFile,
    trust,
  }
  return {
    json: { ...json, ...(settingsFile === undefined ? {} : { settingsFile }) },
    lines: linesOf(made, { dataDir, origin }, settingsFile, cli),
  }
}

interface Place {
  readonly dataDir: string
  readonly origin: string
}

async function setUp(
  options: Options,
  place: Place & { readonly env: Readonly<Record<string, string | undefined>> },
): Promise<Initialized> {
  const { assertNode } = await import('../../server/store/sqlite/open-sqlite-store.ts')
  assertNode(process.versions.node)
  const { initialize } = await import('../../server/initialize.ts')
  return initialize({
    ...place,
    tenant: options.required('tenant'),
    environment: options.required('environment'),
    didWeb: options.flag('didWeb'),
  })
}

/** Settings for the commands that follow; never over settings that are there. */
function writeSettings(
  { adminKeyFile }: Initialized,
  { dataDir, origin }: Place,
  { host }: Cli,
): string | undefined {
  const path = join(host.directory, SETTINGS_FILE)
  if (existsSync(path)) return undefined
  const shown = (file: string) => {
    const short = relative(host.directory, file)
    return JSON.stringify(short.startsWith('..') ? file : short)
  }
  const lines = [
    '# Settings of the procura commands in this directory (docs/cli.md). Holds no secret.',
    `issuer: ${origin}`,
    `dataDir: ${shown(dataDir)}`,
    `keyFile: ${shown(adminKeyFile)}`,
  ]
  createFile(path, `${lines.join('\n')}\n`, PUBLIC_MODE)
  return path
}

function linesOf(
  made: Initialized,
  { dataDir, origin }: Place,
  settingsFile: string | undefined,
  { style }: Cli,
): readonly string[] {
  const { tenant, database, adminKeyFile, trust } = made
  const shown = fields([
    ['origin', `${origin} (stands in every credential; it stays)`],
    ['data', `${dataDir} (back it up; the key-encryption key apart from the database)`],
    ['database', database],
    ['admin key', `${adminKeyFile} (mode 0600; there is no other copy${strangerOf(made, dataDir)})`],
    ['authority', `${trust.authority}${limitOf(trust.authority, origin)}`],
    ['status issuer', trust.statusIssuer],
    ['settings', settingsFile ?? 'not written: the commands below say what they would'],
  ])
  const isSet = settingsFile !== undefined
  return [
    style.bold(`The issuer of tenant ${tenant.id} (${tenant.environment}) is set up.`),
    ...shown,
    '',
    'Next:',
    `  procura serve${isSet ? '' : ` --data ${dataDir}`}`,
    `  procura owner create${isSet ? '' : ` --issuer ${origin} --key ${adminKeyFile}`} --name NAME --accountable "NAME OF A HUMAN" --action NAME --location URL`,
  ]
}

/** A key that was there before, which the reader could take for the new one. */
function strangerOf({ tenant, adminKeyFile: made }: Initialized, dataDir: string): string {
  const usual = adminKeyFile(dataDir, tenant.id)
  return made === usual ? '' : `; ${basename(usual)} was there before: another key, left alone`
}

/** What cannot be made good later. */
function limitOf(authority: string, origin: string): string {
  if (authority.startsWith('did:key:')) return ' (its key can never be rotated; --did-web makes one that can)'
  return isLoopbackHost(new URL(origin).hostname)
    ? ' (names this machine: no verifier elsewhere can resolve it; --origin names a host that they reach)'
    : ''
}
