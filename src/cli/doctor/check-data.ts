import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type DataFiles, dataFiles, readSettings } from '../../server/data-directory.ts'
import { loadKeyEncryptionKey } from '../../server/keys/key-encryption-key.ts'
import { openKeyRing } from '../../server/keys/key-ring.ts'
import { acquireLock } from '../../server/lock.ts'
import { openSqliteStore } from '../../server/store/sqlite/open-sqlite-store.ts'
import type { Configuration } from '../config/configuration.ts'
import { failureOf } from '../failure.ts'
import { dataDirOf, keyEnvironment } from '../service/data-directory.ts'
import { counted } from '../terminal/text.ts'
import { type Finding, failed, ok, skipped } from './finding.ts'

/** Permission bits of everybody but the owner. */
const OTHERS = 0o077

/** Looks at the data directory of the service, if there is one on this machine. */
export async function checkData({ settings, effective }: Configuration): Promise<readonly Finding[]> {
  const files = dataFiles(dataDirOf(settings))
  const isNamed = effective.some(({ name, source }) => name === 'dataDir' && source !== 'default')
  if (!existsSync(files.settings)) {
    const detail = `there is no issuer in ${files.directory}`
    return [
      isNamed
        ? failed('data', detail, 'run `procura init`, or name another --data')
        : skipped('data', detail),
    ]
  }
  const origin = originOf(files)
  return [origin, ...checkModes(files), await checkDatabase(files, keyEnvironment(settings))]
}

function originOf(files: DataFiles): Finding {
  try {
    return ok('data', `${files.directory}, origin ${readSettings(files)?.origin}`)
  } catch (error) {
    return failed('data', failureOf(error).message, 'restore settings.json from the backup')
  }
}

function checkModes({ directory }: DataFiles): readonly Finding[] {
  if (process.platform === 'win32') return []
  const places = [directory, ...readdirSync(directory).map((name) => join(directory, name))]
  const open = places.filter(
    (place) => ((statSync(place, { throwIfNoEntry: false })?.mode ?? 0) & OTHERS) !== 0,
  )
  if (open.length === 0) return [ok('file modes', `${counted(places.length, 'file')} for this user alone`)]
  return open.map((place) =>
    failed(
      'file modes',
      `others may read ${place}`,
      `chmod ${statSync(place).isDirectory() ? '700' : '600'} ${place}`,
    ),
  )
}

/** Opens what the service would open; while a service works there, its own readiness says as much. */
async function checkDatabase(files: DataFiles, env: ReturnType<typeof keyEnvironment>): Promise<Finding> {
  let unlock: () => void
  try {
    unlock = acquireLock(files.lock)
  } catch {
    return skipped('database', 'a service is working with it')
  }
  try {
    return await openDatabase(files, env)
  } catch (error) {
    return failed(
      'database',
      failureOf(error).message,
      'restore the data directory and its key from one backup',
    )
  } finally {
    unlock()
  }
}

async function openDatabase(files: DataFiles, env: ReturnType<typeof keyEnvironment>): Promise<Finding> {
  const kek = await loadKeyEncryptionKey({ file: files.keyEncryptionKey, env })
  const store = await openSqliteStore({ file: files.database })
  try {
    await openKeyRing({ store, kek })
    const tenants = await store.tenants()
    return ok('database', `opens, and its keys fit: ${tenants.map(({ id }) => id).join(', ')}`)
  } finally {
    await store.close()
  }
}
