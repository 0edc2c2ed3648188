import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { equalBytes } from '../../src/core/bytes.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import type { Did } from '../../src/model/did.ts'
import { type Initialized, initialize } from '../../src/server/initialize.ts'
import { readBit } from '../../src/status/bitstring.ts'
import { openHead } from '../../src/status/head.ts'
import { openLeafTable } from '../../src/status/leaf-table.ts'
import { openStatusList, type StatusList } from '../../src/status/open-status-list.ts'
import { openTokenStatusList } from '../../src/status/open-token-status-list.ts'
import { mirrorStatusPair } from '../../src/status/token-status-list.ts'
import { addAgent, addOwner, adminCaller, type Caller, freePort, send } from '../helpers/issuer-service.ts'
import { type ServiceProcess, spawnService } from '../helpers/service-process.ts'
import { acceptedValue } from '../helpers/signers.ts'

const KILLS = 20
const WORKERS = 8

/** What the service acknowledged: from then on nothing of it may be lost. */
interface Ledger {
  /** Position of each issued delegation by id. */
  readonly issued: Map<string, { readonly list: number; readonly index: number }>
  readonly revoked: Set<string>
}

/** Issues and revokes, one after the other, until the service does not answer any more. */
async function work(admin: Caller, agent: string, ledger: Ledger): Promise<void> {
  for (;;) {
    const issued = await admin.post('/v1/delegations', { agent, inherit: true, leaseSize: 1 })
    if (issued.status !== 201) throw new Error(`${issued.status} ${issued.text}`)
    const { id, position } = issued.json
    ledger.issued.set(id, position)
    if (ledger.issued.size % 3 === 0) continue
    const revoked = await admin.post(`/v1/delegations/${id}/revoke`, { reason: 'a test' })
    if (revoked.status !== 200) throw new Error(`${revoked.status} ${revoked.text}`)
    ledger.revoked.add(id)
  }
}

interface Published {
  readonly seq: number
  readonly lists: ReadonlyMap<string, StatusList>
}

/** Everything that is published, opened as a verifier does. */
async function readPublished(url: string, { tenant }: Initialized): Promise<Published> {
  const trust = { statusIssuer: tenant.statusIssuer as Did, resolver: createDidResolver(), now: Date.now() }
  const base = `${url}/status/acme`
  const head = acceptedValue(await openHead((await send(`${base}/head`)).text, trust))
  const { text } = await send(`${base}/leaves/${head.root}`)
  const lists = new Map<string, StatusList>()
  for (const { list, version, digest } of acceptedValue(openLeafTable(text, head.root)).leaves.values()) {
    for (const form of ['jwt', 'json']) {
      const { text } = await send(`${list}/${version}.${form}`)
      const opened = acceptedValue(await openStatusList(text, { url: list, ...trust }))
      expect([opened.version, opened.bitsDigest]).toEqual([version, digest])
      lists.set(list, opened)
    }
  }
  for (const revocation of [...lists.values()].filter(({ purpose }) => purpose === 'revocation')) {
    const [url, suspension] = ['/t', '/s'].map((part) => revocation.url.replace('/r', part))
    const mirror = acceptedValue(
      await openTokenStatusList((await send(url ?? '')).text, { url: url ?? '', ...trust }),
    )
    const pair = mirrorStatusPair(revocation.bits, lists.get(suspension ?? '')?.bits ?? new Uint8Array())
    expect(equalBytes(mirror.bytes, pair.bytes)).toBe(true)
  }
  return { seq: head.seq, lists }
}

/** Whether every acknowledged revocation stands in what is published. */
function missingRevocations(url: string, { lists }: Published, { issued, revoked }: Ledger): string[] {
  return [...revoked].filter((id) => {
    const { list = 0, index = 0 } = issued.get(id) ?? {}
    const bits = lists.get(`${url}/status/acme/r${list}`)?.bits ?? new Uint8Array()
    return readBit(bits, index) !== true
  })
}

/** All delegations of the registry, page by page. */
async function readRegistry(admin: Caller) {
  const items = []
  let after = ''
  do {
    const { json } = await admin.get(`/v1/delegations?limit=200${after}`)
    items.push(...json.items)
    after = json.next === undefined ? '' : `&after=${json.next}`
  } while (after !== '')
  return items
}

/** The service that is killed again and again, and what it has acknowledged and published so far. */
class Victim {
  readonly ledger: Ledger = { issued: new Map(), revoked: new Set() }
  readonly #directory: string
  readonly #url: string
  readonly #initialized: Initialized
  #last: Published = { seq: 0, lists: new Map() }

  constructor(directory: string, url: string, initialized: Initialized) {
    this.#directory = directory
    this.#url = url
    this.#initialized = initialized
  }

  /** Starts it without doing anything else first; what it published must follow what it published before. */
  async start(): Promise<ServiceProcess> {
    const service = await spawnService(dataOf(this.#directory), join(this.#directory, 'cache'))
    onTestFinished(() => void service.child.kill('SIGKILL'))
    const published = await readPublished(this.#url, this.#initialized)
    expect(published.seq).toBeGreaterThan(this.#last.seq)
    for (const [list, { version }] of this.#last.lists) {
      expect(published.lists.get(list)?.version).toBeGreaterThanOrEqual(version)
    }
    expect(missingRevocations(this.#url, published, this.ledger)).toEqual([])
    this.#last = published
    return service
  }

  /** Kills it in the middle of its work. */
  async killAtWork(service: ServiceProcess, admin: Caller, agent: string): Promise<void> {
    const workers = Array.from({ length: WORKERS }, () => work(admin, agent, this.ledger))
    const stopped = Promise.allSettled(workers)
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 300))
    await service.end('SIGKILL')
    for (const outcome of await stopped) {
      if (outcome.status === 'rejected') expect(String(outcome.reason)).toMatch(/fetch failed|terminated/)
    }
    expect(service.output).toEqual([])
  }
}

function dataOf(directory: string): string {
  return join(directory, 'data')
}

it(`loses nothing that it acknowledged and uses no index twice, killed ${KILLS} times under load [ST-01, ST-02]`, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'procura-kill-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const url = `http://127.0.0.1:${await freePort()}`
  const initialized = await initialize({ dataDir: dataOf(directory), tenant: 'acme', origin: url })
  const admin = await adminCaller(url, initialized)
  const victim = new Victim(directory, url, initialized)

  for (let kill = 0; kill < KILLS; kill++) {
    const service = await victim.start()
    // A new agent each time, because leased indexes count against the quota of one.
    const { agent } = await addAgent(url, admin, (await addOwner(admin)).id)
    await victim.killAtWork(service, admin, agent.id)
  }

  await victim.start()
  const { issued, revoked } = victim.ledger
  const registry = await readRegistry(admin)
  const byId = new Map(registry.map((item) => [item.id, item]))
  for (const [id, position] of issued) {
    expect(byId.get(id)).toMatchObject({ position, ...(revoked.has(id) && { state: 'revoked' }) })
  }
  const indexes = registry.flatMap(({ position, lease }) =>
    [position.index, ...lease].map((index: number) => `${position.list}/${index}`),
  )
  expect(new Set(indexes).size).toBe(indexes.length)
  expect(issued.size).toBeGreaterThan(KILLS)
  expect(revoked.size).toBeGreaterThan(KILLS / 2)
}, 180_000)

it('lets a signal end it in good order: what was acknowledged is published, exit code 0', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'procura-signal-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const url = `http://127.0.0.1:${await freePort()}`
  const initialized = await initialize({ dataDir: dataOf(directory), tenant: 'acme', origin: url })
  const admin = await adminCaller(url, initialized)

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    const service = await spawnService(dataOf(directory), join(directory, 'cache'))
    onTestFinished(() => void service.child.kill('SIGKILL'))
    await addOwner(admin)
    expect(await service.end(signal)).toBe(0)
    expect(service.output).toEqual([])
  }
})
