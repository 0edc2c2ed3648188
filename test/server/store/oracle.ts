import { dirname } from 'node:path'
import { dataFiles } from '../../../src/server/data-directory.ts'
import { type FsckReport, fsck } from '../../../src/server/fsck/fsck.ts'

/**
 * What `procura fsck` says.
 *
 * @param database A file, whose folder is the data directory, or `postgres://…`.
 */
export function reportOn(database: string, env: Readonly<Record<string, string>> = {}): Promise<FsckReport> {
  const isServer = database.startsWith('postgres:')
  const files = isServer ? dataFiles('/nonexistent') : { ...dataFiles(dirname(database)), database }
  return fsck(isServer ? { files, database, env } : { files, env })
}

/** What contradicts what. Empty when all is well. */
export async function inconsistencies(
  database: string,
  env?: Readonly<Record<string, string>>,
): Promise<string[]> {
  const { findings } = await reportOn(database, env)
  return findings.map(({ code, subject, detail }) => `${code}: ${subject}: ${detail}`)
}
