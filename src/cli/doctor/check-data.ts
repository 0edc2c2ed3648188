import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ProcuraError } from '../../errors.ts'
import { CleanUp } from '../../server/clean-up.ts'
import { type DataFiles, dataFiles } from '../../server/data-directory.ts'
import { loadKeyEncryptionKeys } from '../../server/keys/key-encryption-key.ts'
import { openKeyRing } from '../../server/keys/key-ring.ts'
import { acquireLock } from '../../server/lock.ts'
import { noIssuer, openRunningStore, type StorePlace } from '../../server/open-store.ts'
import type { Configuration } from '../config/configuration.ts'
import { failureOf } from '../failure.ts'
import { dataDirOf, keyEnvironment } from '../service/data-directory.ts'
import { counted } from '../terminal/text.ts'
import { type Finding, failed, ok, skipped } from './finding.ts'

/** Permission bits of everybody but the owner. */
const OTHERS = 0o077

/** Looks at the data of the service, if there is one on this machine. */
export async function checkData({ settings, effective }: Configuration): Promise<readonly Finding[]> {
  const files = dataFiles(dataDirOf(settings))
  const { database } = settings
  const isNamed = effective.some(({ name, source }) => name === 'dataDir' && source !== 'default')
  if (database === undefined && !existsSync(files.database)) {
    const detail = `there is no issuer in ${files.directory}`
    return [
      isNamed
        ? failed('data', detail, 'run `procura init`, or name another --data')
        : skipped('data', detail),
    ]
  }
  const place = database === undefined ? files.directory : 'a PostgreSQL database'
  return [
    ok('data', place),
    ...checkModes(files),
    await checkDatabase({ files, database }, keyEnvironment(settings)),
  ]
}

function checkModes({ directory }: DataFiles): readonly Finding[] {
  if (process.platform === 'win32') return []
  if (!existsSync(directory)) return []
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

/** Opens what the service would open; while a service works with the file, its own readiness says as much. */
async function checkDatabase(place: StorePlace, env: ReturnType<typeof keyEnvironment>): Promise<Finding> {
  if (place.database === undefined && isInUse(place.files)) {
    return skipped('database', 'a service is working with it')
  }
  const cleanUp = new CleanUp()
  try {
    return await openDatabase(place, env, cleanUp)
  } catch (error) {
    return failed('database', failureOf(error).message, remedyOf(error, place))
  } finally {
    await cleanUp.run()
  }
}

function remedyOf(error: unknown, { database }: StorePlace): string {
  const code = error instanceof ProcuraError ? error.code : undefined
  const isDamage = code !== 'ERR_PROCURA_INVALID_CONFIGURATION' && code !== 'ERR_PROCURA_INVALID_KEY'
  return database === undefined && isDamage
    ? 'restore the data directory and its key from one backup'
    : 'mend it as the message says'
}

function isInUse({ lock }: DataFiles): boolean {
  try {
    acquireLock(lock)()
    return false
  } catch {
    return true
  }
}

async function openDatabase(
  place: StorePlace,
  env: ReturnType<typeof keyEnvironment>,
  cleanUp: CleanUp,
): Promise<Finding> {
  const store = await openRunningStore(place, cleanUp)
  const origin = await store.origin()
  if (origin === undefined) throw noIssuer(place)
  const keks = await loadKeyEncryptionKeys({ file: place.files.keyEncryptionKey, env })
  await openKeyRing({ store, ...keks })
  const tenants = (await store.tenants()).map(({ id }) => id).join(', ')
  return ok('database', `opens, and its keys fit: ${tenants}; origin ${origin}`)
}
