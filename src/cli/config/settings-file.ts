import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { systemCodeOf } from '../../server/system-code.ts'
import { usageError } from '../cli-error.ts'
import { SETTING_NAMES, SETTINGS } from './settings.ts'

/** Looked for in the working directory. */
export const SETTINGS_FILE = 'procura.yaml'

/** What a settings file says, values not yet judged. */
export interface SettingsFile {
  /** As the user knows it. */
  readonly name: string
  /** Against which its paths are resolved. */
  readonly directory: string
  readonly values: Readonly<Record<string, unknown>>
}

/**
 * Reads the settings file: the one named, else `procura.yaml` of the working directory, else none.
 *
 * @throws {CliError} When it cannot be read, is no YAML mapping, or has a member that is no setting.
 */
export async function readSettingsFile(
  named: string | undefined,
  directory: string,
): Promise<SettingsFile | undefined> {
  const name = named ?? SETTINGS_FILE
  const path = resolve(directory, name)
  if (named === undefined && !existsSync(path)) return undefined
  const values = await parseYaml(readYaml(path, name), name)
  assertKnown(values, name)
  return { name, directory: dirname(path), values }
}

function readYaml(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const reason = systemCodeOf(cause) ?? 'unknown error'
    throw usageError(`cannot read ${name} (${reason}); name a readable file with --config`, { cause })
  }
}

async function parseYaml(text: string, name: string): Promise<Readonly<Record<string, unknown>>> {
  const { parseDocument, visit } = await import('yaml')
  const document = parseDocument(text, { uniqueKeys: true })
  const [error] = document.errors
  if (error !== undefined) {
    const [position] = error.linePos ?? []
    const place = position === undefined ? '' : ` line ${position.line}`
    throw usageError(`${name}${place} is not YAML: ${error.message.split('\n', 1)[0]}`)
  }
  let hasAlias = false
  visit(document, {
    Alias: () => {
      hasAlias = true
    },
  })
  const value: unknown = hasAlias ? undefined : (document.toJS() ?? {})
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw usageError(`${name} must be a plain mapping of settings, such as "issuer: https://id.example"`)
}

function assertKnown(values: Readonly<Record<string, unknown>>, name: string): void {
  const allowed = SETTING_NAMES.filter((setting) => SETTINGS[setting].isSecret !== true)
  const unknown = Object.keys(values).find((setting) => !allowed.some((known) => known === setting))
  if (unknown === undefined) return
  const secret = SETTING_NAMES.find((setting) => setting === unknown)
  throw usageError(
    secret === undefined
      ? `${name} has an unknown setting "${unknown}"; known are ${allowed.join(', ')}`
      : `${name} must not hold the secret "${unknown}"; put it into a file and name that as ${unknown}File, or into ${SETTINGS[secret].variable}`,
  )
}
