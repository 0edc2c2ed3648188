import type { Settings } from '../config/settings.ts'

/** Where the service's files are when nothing is said; a default of the settings, so that it is always there. */
export function dataDirOf({ dataDir = '.procura' }: Settings): string {
  return dataDir
}

/** The key-encryption key as the service looks for it. Empty: the file in the data directory. */
export function keyEnvironment({ kek, kekFile }: Settings): Readonly<Record<string, string | undefined>> {
  return { PROCURA_KEK: kek, PROCURA_KEK_FILE: kekFile }
}
