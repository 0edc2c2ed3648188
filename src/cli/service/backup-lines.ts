import type { BackupManifest } from '../../server/backup/manifest.ts'
import { dataFiles } from '../../server/data-directory.ts'
import type { Settings } from '../config/settings.ts'
import { fields, printable } from '../terminal/text.ts'
import { formatTime } from '../terminal/time.ts'
import { dataDirOf } from './data-directory.ts'

const MIB = 1024 * 1024

/** What a backup holds, a line for each tenant. */
export function stateLines({ at, origin, bytes, tenants }: BackupManifest): readonly string[] {
  return fields([
    ['of', formatTime(at)],
    ['origin', printable(origin)],
    ['size', `${(bytes / MIB).toFixed(1)} MiB`],
    ...tenants.map(({ id, auditEntries, headSeq, headAt }): [string, string] => [
      printable(id),
      `${auditEntries} audit entries, ${headSeq === null || headAt === null ? 'no head yet' : `head ${headSeq} of ${formatTime(headAt)}`}`,
    ]),
  ])
}

/** Where the key-encryption key is, in words. */
export function keyPlace(settings: Settings): string {
  if (settings.kek !== undefined) return 'the value of PROCURA_KEK'
  return `the file ${settings.kekFile ?? dataFiles(dataDirOf(settings)).keyEncryptionKey}`
}
