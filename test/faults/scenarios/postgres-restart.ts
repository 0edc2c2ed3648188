import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Did } from '../../../src/model/did.ts'
import { initialize } from '../../../src/server/initialize.ts'
import {
  type Answer,
  addAgent,
  addOwner,
  adminCaller,
  type Caller,
  newCaller,
} from '../../helpers/issuer-service.ts'
import { startPostgres } from '../../helpers/postgres.ts'
import { type ServiceProcess, spawnService } from '../../helpers/service-process.ts'
import { Counts } from '../counts.ts'
import { type Position, PublishedWatch, type Reading } from '../published.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { countFindings } from '../verdicts.ts'

const ORIGIN = 'https://id.example'
const SERVICES = 3
const LANES = 12

/** Longest time under load between two restarts of the server, in milliseconds. */
const BETWEEN_MS = 1_500

/** After a restart everything works again by then, in milliseconds, on a machine that is busy. */
const RECOVERED_MS = 20_000

export const postgresRestart: Scenario = {
  name: 'postgres-restart',
  about: 'The server of three services under load is restarted at once (SIGQUIT), again and again.',
  needs: ['postgresql'],
  rounds: 30,
  run,
}

/** What was acknowledged, by the delegation's id. */
interface Ledger {
  readonly issued: Map<string, Position>
  readonly revoked: Map<string, Position>
}

interface Cluster {
  readonly callers: readonly Caller[]
  readonly agent: string
  readonly counts: Counts
  readonly context: ScenarioContext
  readonly ledger: Ledger
}

async function run(context: ScenarioContext): Promise<Counts> {
  const { rounds, random, progress, folder, defer } = context
  const counts = new Counts()
  const server = await startPostgres()
  defer(() => server.stop())
  const url = await server.createDatabase('registry')
  const dataDir = join(folder, 'service-0')
  const initialized = await initialize({ dataDir, database: url, tenant: 'acme', origin: ORIGIN })
  const keyEncryptionKey = (await readFile(join(dataDir, 'key-encryption-key'), 'utf8')).trim()
  const services: ServiceProcess[] = []
  for (let i = 0; i < SERVICES; i++) {
    const places = { url, keyEncryptionKey }
    const service = await spawnService(join(folder, `service-${i}`), join(folder, 'compiled'), places)
    defer(() => service.child.kill('SIGKILL'))
    services.push(service)
  }
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
  const cluster = { callers, agent: agent.id, counts, context, ledger }
  const statusIssuer = initialized.tenant.statusIssuer as Did
  const watches = services.map(
    (service, i) =>
      new PublishedWatch(counts, `service ${i}`, readWhileThere(service.url), {
        origin: ORIGIN,
        statusIssuer,
      }),
  )
  const stop = new AbortController()
  defer(() => stop.abort())
  const following = Promise.all(watches.map((watch) => watch.follow(stop.signal, 200)))
  const lanes = Promise.all(Array.from({ length: LANES }, (_, i) => lane(cluster, i, stop.signal)))
  for (let round = 0; round < rounds && counts.violations() === 0; round++) {
    progress(`restart ${round + 1} of ${rounds}, ${ledger.issued.size} issued`)
    await sleep(random.below(BETWEEN_MS))
    await server.restart('immediate')
    counts.add('restarts')
    await awaitRecovery(cluster)
  }
  stop.abort()
  await lanes
  await following
  await judge(cluster, watches)
  for (const service of services) await service.end('SIGTERM')
  await countFindings(counts, url, { PROCURA_KEK: keyEncryptionKey })
  return counts
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

async function lane(cluster: Cluster, nth: number, stop: AbortSignal): Promise<void> {
  const { callers, agent, counts, context, ledger } = cluster
  for (let i = nth; !stop.aborted; i++) {
    const key = randomUUID()
    const body = { agent, inherit: true, leaseSize: 0 }
    const post = (by: number) =>
      callers[by % callers.length]?.post('/v1/delegations', body, { headers: { 'idempotency-key': key } })
    const made = await untilDone(cluster, post, i)
    if (made?.status !== 201) continue
    const { id, position } = made.json
    ledger.issued.set(id, position)
    counts.add('issues acknowledged')
    const again = await untilDone(cluster, post, i + 1)
    if (again !== undefined && again.json.id !== id)
      counts.violate('conduct', `one Idempotency-Key made ${id} and ${again.json.id}`)
    if (context.random.once(3)) continue
    const revoke = (by: number) =>
      callers[by % callers.length]?.post(`/v1/delegations/${id}/revoke`, { reason: 'a test' })
    const revoked = await untilDone(cluster, revoke, i)
    if (revoked?.status === 200) {
      ledger.revoked.set(id, position)
      counts.add('revocations acknowledged')
    }
  }
}

/** Asks again, each time another service, until there is an answer that says what happened. */
async function untilDone(
  { counts }: Cluster,
  ask: (by: number) => Promise<Answer> | undefined,
  first: number,
): Promise<Answer | undefined> {
  const until = performance.now() + RECOVERED_MS * 2
  for (let by = first; performance.now() < until; by++) {
    const answer = await ask(by)
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

async function awaitRecovery({ callers, counts }: Cluster): Promise<void> {
  const until = performance.now() + RECOVERED_MS
  for (const caller of callers) {
    while ((await caller.get('/v1/whoami')).status !== 200) {
      if (performance.now() > until) return counts.violate('conduct', 'a service does not recover')
      await sleep(50)
    }
  }
}

async function judge(
  { callers, counts, ledger }: Cluster,
  watches: readonly PublishedWatch[],
): Promise<void> {
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
