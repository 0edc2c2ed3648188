import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { backUp } from '../../../src/server/backup/back-up.ts'
import { restore } from '../../../src/server/backup/restore.ts'
import { type CatchUpOptions, catchUp } from '../../../src/server/catch-up/catch-up.ts'
import type { PublishedSource } from '../../../src/server/catch-up/published-place.ts'
import { dataFiles } from '../../../src/server/data-directory.ts'
import { type Initialized, initialize } from '../../../src/server/initialize.ts'
import { type RunningService, startService } from '../../../src/server/start-service.ts'
import { adminCaller, type Caller, freePort, type TestService } from '../../helpers/issuer-service.ts'
import { isUrl, temporaryDatabase } from './fixtures.ts'
import { inconsistencies } from './oracle.ts'

export async function temporaryFolder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'procura-backup-'))
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  return made
}

/** Where a registry is. */
export interface Place {
  readonly dataDir: string
  readonly database?: string
}

/** A place of the kind of database that these tests run on. */
export async function newPlace(): Promise<Place> {
  const database = await temporaryDatabase()
  const dataDir = await temporaryFolder()
  return isUrl(database) ? { dataDir, database } : { dataDir }
}

export function filesOf({ dataDir, ...rest }: Place) {
  return { files: dataFiles(dataDir), ...rest }
}

export function databaseOf({ dataDir, database }: Place): string {
  return database ?? dataFiles(dataDir).database
}

/** An issuer that publishes into a directory, and that can be lost and restored. */
export class RestoredWorld {
  readonly origin: string
  readonly initialized: Initialized
  readonly admin: Caller
  /** Into which it publishes. */
  readonly directory: string
  place: Place
  service: RunningService | undefined

  private constructor(
    place: Place,
    origin: string,
    { initialized, admin, directory }: Pick<RestoredWorld, 'initialized' | 'admin' | 'directory'>,
  ) {
    this.place = place
    this.origin = origin
    this.initialized = initialized
    this.admin = admin
    this.directory = directory
  }

  static async create(didWeb = false): Promise<RestoredWorld> {
    const place = await newPlace()
    const origin = `http://127.0.0.1:${await freePort()}`
    const initialized = await initialize({ ...place, tenant: 'acme', origin, didWeb })
    const admin = await adminCaller(origin, initialized)
    const world = new RestoredWorld(place, origin, { initialized, admin, directory: await temporaryFolder() })
    onTestFinished(() => world.stop())
    await world.start()
    return world
  }

  async start(): Promise<void> {
    const publish = { directory: this.directory }
    this.service = await startService({ ...this.place, logLevel: 'silent', publish })
  }

  async stop(): Promise<void> {
    await this.service?.close()
    this.service = undefined
  }

  async backUp(): Promise<string> {
    return (await backUp({ ...filesOf(this.place), into: await temporaryFolder() })).folder
  }

  /** Loses the registry, and keeps the key-encryption key. */
  async restore(backup: string): Promise<void> {
    const { dataDir, database } = this.place
    if (database === undefined)
      for (const end of ['', '-wal', '-shm']) await rm(dataFiles(dataDir).database + end, { force: true })
    else this.place = { dataDir, database: await temporaryDatabase() }
    await restore({ backup, ...filesOf(this.place) })
  }

  catchUp(
    published: readonly PublishedSource[] | 'none' = [{ directory: this.directory }],
    more: Pick<CatchUpOptions, 'asOf' | 'clock' | 'statusKeys'> = {},
  ) {
    return catchUp({ ...filesOf(this.place), published, operator: 'ada@host', ...more })
  }

  fsck(): Promise<string[]> {
    const { keyEncryptionKey } = dataFiles(this.place.dataDir)
    return inconsistencies(databaseOf(this.place), { PROCURA_KEK_FILE: keyEncryptionKey })
  }

  /** As helpers of other tests take it. */
  issuer(): TestService {
    const { service, admin, initialized, origin: url, place } = this
    if (service === undefined) throw new Error('the service does not run')
    return { url, admin, initialized, service, dataDir: place.dataDir, close: () => this.stop() }
  }
}
