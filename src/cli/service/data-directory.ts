import type { Settings } from '../config/settings.ts'

/** Where the service's files are when nothing is said; a default of the settings, so that it is always there. */
export function dataDirOf({ dataDir = '.procura' }: Settings): string {
  return dataDir
}

/** The key-encryption key, and the one before, as the service looks for them. Empty: the file in the data directory. */
export function keyEnvironment(settings: Settings): Readonly<Record<string, string | undefined>> {
  const { kek, kekFile, kekPrevious, kekPreviousFile } = settings
  return {
    PROCURA_KEK: kek,
    PROCURA_KEK_FILE: kekFile,
    PROCURA_KEK_PREVIOUS: kekPrevious,
    PROCURA_KEK_PREVIOUS_FILE: kekPreviousFile,
  }
}
