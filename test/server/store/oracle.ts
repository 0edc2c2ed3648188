import { dirname } from 'node:path'
import { dataFiles } from '../../../src/server/data-directory.ts'
import { fsck } from '../../../src/server/fsck/fsck.ts'

/** What `procura fsck` finds in a file or database: what contradicts what. Empty when all is well. */
export async function inconsistencies(
  database: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const isServer = database.startsWith('postgres:')
  const files = isServer ? dataFiles('/nonexistent') : { ...dataFiles(dirname(database)), database }
  const { findings } = await fsck(isServer ? { files, database, env } : { files, env })
  return findings.map(({ code, subject, detail }) => `${code}: ${subject}: ${detail}`)
}
