import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Did } from '../../src/model/did.ts'
import { dataFiles } from '../../src/server/data-directory.ts'
import { type Initialized, initialize } from '../../src/server/initialize.ts'
import { createKeyEncryptionKeyFile } from '../../src/server/keys/key-encryption-key.ts'
import { adminCaller, type Caller, freePort } from '../helpers/issuer-service.ts'
import type { Counts } from './counts.ts'
import { PublishedWatch, readDirectory, readServed } from './published.ts'
import type { ScenarioContext } from './scenario.ts'
import { type Places, type Serving, startServing } from './serving.ts'
import type { Line } from './store-load.ts'
import { countFindings, countLost, isRevocation } from './verdicts.ts'

/** A directory target that works has been written by then, in milliseconds, on a machine that is busy. */
const WRITTEN_MS = 10_000
const LOOK_MS = 50

/** A service of a `did:web` authority that publishes into a directory, and all that it acknowledged so far. */
export class ServiceWorld {
  readonly dataDir: string
  readonly publishDirectory: string
  readonly url: string
  readonly admin: Caller
  readonly initialized: Initialized
  /** What was acknowledged, and must be found again. */
  readonly ledger: Line[] = []
  /** Of what the service publishes itself, and of its directory. */
  readonly watches: readonly PublishedWatch[]
  readonly counts: Counts
  readonly #context: ScenarioContext
  readonly #folder: string
  #keys: readonly string[]
  #judged = 0

  private constructor(
    context: ScenarioContext,
    counts: Counts,
    made: {
      readonly folder: string
      readonly url: string
      readonly initialized: Initialized
      readonly admin: Caller
    },
  ) {
    this.#context = context
    this.counts = counts
    this.#folder = made.folder
    this.dataDir = join(made.folder, 'data')
    this.publishDirectory = join(made.folder, 'published')
    this.url = made.url
    this.initialized = made.initialized
    this.admin = made.admin
    this.#keys = [dataFiles(this.dataDir).keyEncryptionKey]
    const place = { origin: made.url, statusIssuer: made.initialized.tenant.statusIssuer as Did }
    this.watches = [
      new PublishedWatch(counts, 'service', readServed(made.url), place),
      new PublishedWatch(counts, 'directory', readDirectory(this.publishDirectory, made.url), place),
    ]
  }

  static async create(context: ScenarioContext, counts: Counts): Promise<ServiceWorld> {
    const { folder } = context
    const url = `http://127.0.0.1:${await freePort()}`
    const options = { dataDir: join(folder, 'data'), tenant: 'acme', origin: url, didWeb: true }
    const initialized = await initialize(options)
    return new ServiceWorld(context, counts, {
      folder,
      url,
      initialized,
      admin: await adminCaller(url, initialized),
    })
  }

  get database(): string {
    return dataFiles(this.dataDir).database
  }

  /** From the next start on there is another key-encryption key, under which everything is to be wrapped anew. */
  async changeKeyEncryptionKey(): Promise<void> {
    const next = join(this.#folder, `kek-${this.#keys.length}`)
    await createKeyEncryptionKeyFile(next)
    this.#keys = [...this.#keys, next]
  }

  /** The newest key-encryption key and the one before. */
  get env(): Readonly<Record<string, string>> {
    const [previous, current = previous ?? ''] = this.#keys.slice(-2)
    const isFirst = this.#keys.length === 1
    return { PROCURA_KEK_FILE: current, ...(!isFirst && { PROCURA_KEK_PREVIOUS_FILE: previous ?? '' }) }
  }

  /** Starts the service without waiting until it listens. */
  start(places: Partial<Places> = {}): Serving {
    const { dataDir, publishDirectory } = this
    const env = { ...this.env, NODE_COMPILE_CACHE: join(this.#folder, 'compiled'), ...places.env }
    const serving = startServing({ dataDir, publishDirectory, ...places, env })
    this.#context.defer(() => serving.signal('SIGKILL'))
    return serving
  }

  /** Starts the service. @throws {Error} when it does not listen, which breaks the scenario off as violated. */
  async startListening(places: Partial<Places> = {}): Promise<Serving> {
    const serving = this.start(places)
    if (!(await serving.listens)) throw new Error(`it does not start: ${serving.log.join('\n')}`)
    return serving
  }

  /**
   * Whether every revocation is in what is published (INV3): in that of a service that listens from its first answer on, in
   * the directory as soon as it was written.
   *
   * @param serving Which may end meanwhile, and then cannot be asked any more.
   */
  async judgePublished(revocations: readonly Line[], serving?: Serving): Promise<void> {
    for (const [i, watch] of this.watches.entries()) {
      const missing = await missingFrom(watch, revocations, i === 0 ? 0 : WRITTEN_MS)
      if (serving?.hasEnded() === true) return
      for (const { what, id } of missing)
        this.counts.violate('INV3', `${what} ${id} is not in the next list of the ${watch.name}`)
    }
  }

  /** What ended, with the positions of what was issued. */
  revocations(): readonly Line[] {
    const positions = new Map(this.ledger.map(({ id, position }) => [id, position]))
    return this.ledger.filter(isRevocation).map((line) => {
      const position = line.position ?? positions.get(line.id)
      return position === undefined ? line : { ...line, position }
    })
  }

  /** Of the files, while no service runs: what is lost of what was acknowledged since the last time, and what `fsck` finds. */
  async judgeFiles(): Promise<void> {
    await countLost(this.counts, this.database, this.ledger.slice(this.#judged))
    this.#judged = this.ledger.length
    await countFindings(this.counts, this.database, this.env)
  }

  /** All that was ever acknowledged. */
  async judgeAll(): Promise<void> {
    this.#judged = 0
    await this.judgeFiles()
    this.counts.add('changes acknowledged', this.ledger.length)
    this.counts.add('of these revocations', this.ledger.filter(isRevocation).length)
  }
}

async function missingFrom(
  watch: PublishedWatch,
  revocations: readonly Line[],
  withinMs: number,
): Promise<readonly Line[]> {
  for (let waited = 0; ; waited += LOOK_MS) {
    await watch.look()
    const missing = revocations.filter(({ position }) => position !== undefined && !watch.isRevoked(position))
    if (missing.length === 0 || waited >= withinMs) return missing
    await sleep(LOOK_MS)
  }
}
