import type { Settings } from '../config/settings.ts'

/** Where the service's files are when nothing is said; a default of the settings, so that it is always there. */
export function dataDirOf({ dataDir = '.procura' }: Settings): string {
  return dataDir
}

/** The key-encryption key, the one before, and what opens tokens, as the service looks for them. Empty: the file in the data directory. */
export function keyEnvironment(settings: Settings): Readonly<Record<string, string | undefined>> {
  const { kek, kekFile, kekPrevious, kekPreviousFile, pkcs11Module, pkcs11Pin, pkcs11PinFile } = settings
  return {
    PROCURA_KEK: kek,
    PROCURA_KEK_FILE: kekFile,
    PROCURA_KEK_PREVIOUS: kekPrevious,
    PROCURA_KEK_PREVIOUS_FILE: kekPreviousFile,
    PROCURA_PKCS11_MODULE: pkcs11Module,
    PROCURA_PKCS11_PIN: pkcs11Pin,
    PROCURA_PKCS11_PIN_FILE: pkcs11PinFile,
  }
}
