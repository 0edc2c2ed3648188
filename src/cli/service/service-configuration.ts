import { type Configuration, readConfiguration } from '../config/configuration.ts'
import type { Host } from '../host.ts'
import type { Options } from '../options.ts'

/**
 * The configuration of a command that opens the registry: the URL of the database is read from the file that names it, which nobody
 * but its owner may read.
 *
 * @throws {CliError} As `readConfiguration`.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when the file cannot be read, or others may read it.
 */
export async function readServiceConfiguration(options: Options, host: Host): Promise<Configuration> {
  const { settings, effective } = await readConfiguration(options, host)
  if (settings.databaseFile === undefined) return { settings, effective }
  const { readSecretFile } = await import('../../server/keys/key-encryption-key.ts')
  const database = (await readSecretFile(settings.databaseFile)).trim()
  return { settings: { ...settings, database }, effective }
}
