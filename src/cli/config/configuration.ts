import { resolve } from 'node:path'
import { usageError } from '../cli-error.ts'
import type { Host } from '../host.ts'
import type { Options } from '../options.ts'
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.ts'
import { readSettingsFile, type SettingsFile } from './settings-file.ts'

/** A setting that has a value, and who said so. */
export interface EffectiveSetting {
  readonly name: SettingName
  readonly value: string | number
  /** `--port`, `PROCURA_PORT`, `procura.yaml` or `default`. */
  readonly source: string
}

export interface Configuration {
  readonly settings: Settings
  /** In the order of the settings. */
  readonly effective: readonly EffectiveSetting[]
}

/**
 * Reads the effective configuration: `procura.yaml` < environment < options of the command line. An empty variable
 * counts as absent.
 *
 * @throws {CliError} Naming the setting, where it was said, and what it must be.
 */
export async function readConfiguration(options: Options, host: Host): Promise<Configuration> {
  const named = options.text('config') ?? variable(host, 'PROCURA_CONFIG')
  const file = await readSettingsFile(named, host.directory)
  const said = SETTING_NAMES.flatMap((name) => effectiveSetting(name, { options, host, file }) ?? [])
  const effective = withoutRivals(said)
  return { settings: Object.fromEntries(effective.map(({ name, value }) => [name, value])), effective }
}

interface Places {
  readonly options: Options
  readonly host: Host
  readonly file: SettingsFile | undefined
}

function effectiveSetting(name: SettingName, places: Places): EffectiveSetting | undefined {
  const found = find(name, places)
  if (found === undefined) return undefined
  const { isPath, schema } = SETTINGS[name]
  const parsed = schema.safeParse(found.value)
  if (!parsed.success) throw usageError(`${name} in ${found.source} ${parsed.error.issues[0]?.message}`)
  const value = isPath === true ? resolve(found.base, String(parsed.data)) : parsed.data
  return { name, value, source: found.source }
}

interface Found {
  readonly value: unknown
  readonly source: string
  /** Directory that a relative path starts at. */
  readonly base: string
}

function find(name: SettingName, { options, host, file }: Places): Found | undefined {
  const spec = SETTINGS[name]
  const base = host.directory
  const flagged = spec.option === undefined ? undefined : options.text(spec.option.name)
  if (flagged !== undefined) return { value: flagged, source: spec.option?.flag ?? '', base }
  const fromEnvironment = variable(host, spec.variable)
  if (fromEnvironment !== undefined) return { value: fromEnvironment, source: spec.variable, base }
  if (file !== undefined && Object.hasOwn(file.values, name)) {
    return { value: file.values[name], source: file.name, base: file.directory }
  }
  return spec.default === undefined ? undefined : { value: spec.default, source: 'default', base }
}

function variable({ environment }: Host, name: string): string | undefined {
  const value = environment[name]
  return value === undefined || value.trim() === '' ? undefined : value
}

/** A key and a file with a key say the same thing twice: the one that was said nearer wins. */
const RIVALS: readonly (readonly [SettingName, SettingName])[] = [
  ['key', 'keyFile'],
  ['kek', 'kekFile'],
  ['database', 'databaseFile'],
  ['s3SecretAccessKey', 's3SecretAccessKeyFile'],
  ['s3SessionToken', 's3SessionTokenFile'],
]

function withoutRivals(said: readonly EffectiveSetting[]): readonly EffectiveSetting[] {
  const losers = new Set<SettingName>()
  for (const [text, file] of RIVALS) {
    const fileSource = said.find(({ name }) => name === file)?.source
    if (fileSource === undefined || !said.some(({ name }) => name === text)) continue
    if (fileSource === SETTINGS[file].variable) {
      throw usageError(
        `${SETTINGS[text].variable} and ${SETTINGS[file].variable} are both set; keep one of them`,
      )
    }
    losers.add(fileSource.startsWith('--') ? text : file)
  }
  return said.filter(({ name }) => !losers.has(name))
}
