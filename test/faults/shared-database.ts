import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Did } from '../../src/model/did.ts'
import { initialize } from '../../src/server/initialize.ts'
import {
  type Answer,
  addAgent,
  addOwner,
  adminCaller,
  type Caller,
  newCaller,
} from '../helpers/issuer-service.ts'
import type { PostgresServer } from '../helpers/postgres.ts'
import { type ServiceProcess, spawnService } from '../helpers/service-process.ts'
import type { Counts } from './counts.ts'
import { type Position, PublishedWatch, type Reading } from './published.ts'
import type { ScenarioContext } from './scenario.ts'
import { countFindings } from './verdicts.ts'

const ORIGIN = 'https://id.example'
const SERVICES = 3
const LANES = 12

/** After the trouble has passed everything works again by then, in milliseconds, on a machine that is busy. */
const RECOVERED_MS = 20_000

/** What was acknowledged, by the delegation's id. */
interface Ledger {
  readonly issued: Map<string, Position>
  readonly revoked: Map<string, Position>
}

/** Services under load that share a database. */
export interface Cluster {
  readonly services: readonly ServiceProcess[]
  readonly ledger: Ledger
  readonly waits: Waits
  /** Counts it as broken conduct when a service does not work again by itself. */
  awaitRecovery(): Promise<void>
}

/** How long callers wait for answers, in milliseconds. */
export class Waits {
  readonly #begun = new Set<{ readonly at: number }>()
  #longest = 0

  async of<T>(answer: Promise<T>): Promise<T> {
    const wait = { at: performance.now() }
    this.#begun.add(wait)
    try {
      return await answer
    } finally {
      this.#begun.delete(wait)
      this.#longest = Math.max(this.#longest, performance.now() - wait.at)
    }
  }

  get longest(): number {
    return Math.round(this.#longest)
  }

  /** How many wait since before a time of `performance.now()`. */
  since(at: number): number {
    return [...this.#begun].filter((wait) => wait.at < at).length
  }
}

interface Load {
  readonly callers: readonly Caller[]
  readonly agent: string
  readonly counts: Counts
  readonly context: ScenarioContext
  readonly ledger: Ledger
  readonly waits: Waits
  readonly patienceMs: number
}

export interface Trouble {
  readonly server: PostgresServer
  /** For so long one caller asks again and again, in milliseconds. */
  readonly patienceMs: number
  make(cluster: Cluster): Promise<void>
}

/**
 * Makes the trouble while three services issue and revoke, each Idempotency-Key at two of them, and somebody who believes nothing follows
 * what each publishes. Then judges what was acknowledged.
 */
export async function liveOnSharedDatabase(
  context: ScenarioContext,
  counts: Counts,
  { server, patienceMs, make }: Trouble,
): Promise<void> {
  const { folder, defer } = context
  const url = await server.createDatabase('registry')
  const dataDir = join(folder, 'service-0')
  const initialized = await initialize({ dataDir, database: url, tenant: 'acme', origin: ORIGIN })
  const keyEncryptionKey = (await readFile(join(dataDir, 'key-encryption-key'), 'utf8')).trim()
  const services = await startServices(context, { url, keyEncryptionKey })
  const callers: Caller[] = []
  for (const service of services) {
    const { signer } = await adminCaller(service.url, initialized)
    callers.push(underOrigin(await newCaller(service.url, signer)))
  }
  const [first] = callers
  if (first === undefined) throw new Error('there are services')
  const owner = await addOwner(first)
  const { agent } = await addAgent(services[0]?.url ?? '', first, owner.id)
  const ledger = { issued: new Map<string, Position>(), revoked: new Map<string, Position>() }
  const waits = new Waits()
  const load = { callers, agent: agent.id, counts, context, ledger, waits, patienceMs }
  const place = { origin: ORIGIN, statusIssuer: initialized.tenant.statusIssuer as Did }
  const watches = services.map(
    (service, i) => new PublishedWatch(counts, `service ${i}`, readWhileThere(service.url), place),
  )
  const stop = new AbortController()
  defer(() => stop.abort())
  const following = Promise.all(watches.map((watch) => watch.follow(stop.signal, 200)))
  const lanes = Promise.all(Array.from({ length: LANES }, (_, i) => lane(load, i, stop.signal)))
  await make({ services, ledger, waits, awaitRecovery: () => awaitRecovery(load) })
  stop.abort()
  await lanes
  await following
  await judge(load, watches)
  for (const service of services) await service.end('SIGTERM')
  await countFindings(counts, url, { PROCURA_KEK: keyEncryptionKey })
}

async function startServices(
  { folder, defer }: ScenarioContext,
  places: { readonly url: string; readonly keyEncryptionKey: string },
): Promise<readonly ServiceProcess[]> {
  const services: ServiceProcess[] = []
  for (let i = 0; i < SERVICES; i++) {
    const service = await spawnService(join(folder, `service-${i}`), join(folder, 'compiled'), places)
    defer(() => service.child.kill('SIGKILL'))
    services.push(service)
  }
  return services
}

/** A service that answers 503 has nobody to ask behind it. */
function readWhileThere(url: string): Reading {
  return async (path) => {
    const response = await fetch(`${url}/${path}`)
    const text = await response.text()
    if (response.status === 503) throw new TypeError('the server is away')
    return response.status === 200 ? text : undefined
  }
}

/** As a balancer in front of all of them calls: under the one origin. */
function underOrigin(caller: Caller): Caller {
  return {
    ...caller,
    get: (path, options) => caller.get(path, { origin: ORIGIN, ...options }),
    post: (path, body, options) => caller.post(path, body, { origin: ORIGIN, ...options }),
  }
}

async function lane(load: Load, nth: number, stop: AbortSignal): Promise<void> {
  const { callers, agent, counts, context, ledger } = load
  for (let i = nth; !stop.aborted; i++) {
    const key = randomUUID()
    const body = { agent, inherit: true, leaseSize: 0 }
    const post = async (by: number) =>
      callers[by % callers.length]?.post('/v1/delegations', body, { headers: { 'idempotency-key': key } })
    const made = await untilDone(load, post, i)
    if (made?.status !== 201) continue
    const { id, position } = made.json
    ledger.issued.set(id, position)
    counts.add('issues acknowledged')
    counts.add('of these done though 503 was answered', made.headers.has('idempotency-replayed') ? 1 : 0)
    const again = await untilDone(load, post, i + 1)
    if (again !== undefined && again.json.id !== id)
      counts.violate('conduct', `one Idempotency-Key made ${id} and ${again.json.id}`)
    if (context.random.once(3)) continue
    const revoke = async (by: number) =>
      callers[by % callers.length]?.post(`/v1/delegations/${id}/revoke`, { reason: 'a test' })
    const revoked = await untilDone(load, revoke, i)
    if (revoked?.status === 200) {
      ledger.revoked.set(id, position)
      counts.add('revocations acknowledged')
    }
  }
}

/** Asks again, each time another service, until there is an answer that says what happened. */
async function untilDone(
  { counts, waits, patienceMs }: Load,
  ask: (by: number) => Promise<Answer | undefined>,
  first: number,
): Promise<Answer | undefined> {
  const until = performance.now() + patienceMs
  for (let by = first; performance.now() < until; by++) {
    const answer = await waits.of(ask(by))
    if (answer === undefined || answer.status < 300) return answer
    if (answer.status !== 503) counts.violate('conduct', `${answer.status} ${answer.text}`)
    if (answer.status !== 503) return undefined
    if (answer.headers.get('retry-after') === null) counts.violate('conduct', 'a 503 without Retry-After')
    counts.add('answers of 503')
    await sleep(100)
  }
  counts.violate('conduct', 'it does not recover')
  return undefined
}

async function awaitRecovery({ callers, counts }: Load): Promise<void> {
  const until = performance.now() + RECOVERED_MS
  for (const caller of callers) {
    while ((await caller.get('/v1/whoami')).status !== 200) {
      if (performance.now() > until) return counts.violate('conduct', 'a service does not recover')
      await sleep(50)
    }
  }
}

async function judge({ callers, counts, ledger }: Load, watches: readonly PublishedWatch[]): Promise<void> {
  const [caller] = callers
  const indexes = new Set([...ledger.issued.values()].map(({ list, index }) => `${list}/${index}`))
  counts.add('indexes given twice', ledger.issued.size - indexes.size)
  if (indexes.size < ledger.issued.size) counts.violate('INV1', 'an index was given twice')
  for (const id of ledger.issued.keys()) {
    const answer = await caller?.get(`/v1/delegations/${id}`)
    const wanted = ledger.revoked.has(id) ? 'revoked' : undefined
    if (answer?.status !== 200) counts.violate('INV2', `${id} is lost`)
    else if (wanted !== undefined && answer.json.state !== wanted)
      counts.violate('INV3', `${id} is ${answer.json.state}`)
  }
  await sleep(5_000)
  for (const watch of watches) {
    await watch.look()
    for (const [id, position] of ledger.revoked)
      if (!watch.isRevoked(position)) counts.violate('INV3', `${id} is not published by ${watch.name}`)
  }
}
