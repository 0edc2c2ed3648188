import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import type { Did } from '../../src/model/did.ts'
import { type Initialized, initialize } from '../../src/server/initialize.ts'
import { readBit } from '../../src/status/bitstring.ts'
import { parseChanges } from '../../src/status/changes.ts'
import { openHead } from '../../src/status/head.ts'
import { parseHeadEvent } from '../../src/status/head-event.ts'
import { openLeafTable } from '../../src/status/leaf-table.ts'
import { openStatusList } from '../../src/status/open-status-list.ts'
import { requireOrSkip } from '../helpers/available.ts'
import { listenTo, type ReadEvent } from '../helpers/event-source.ts'
import { addAgent, addOwner, adminCaller, type Caller, send } from '../helpers/issuer-service.ts'
import { type PostgresServer, postgresPrograms, startPostgres } from '../helpers/postgres.ts'
import { type ServiceProcess, spawnService } from '../helpers/service-process.ts'
import { acceptedValue } from '../helpers/signers.ts'

const ORIGIN = 'https://id.example'

// Processes start, are killed and are waited for, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let server: PostgresServer
let folder: string
let initialized: Initialized
let shared: { readonly url: string; readonly keyEncryptionKey: string }
const services: ServiceProcess[] = []

beforeAll(async () => {
  if (postgresPrograms() === undefined) return
  folder = await mkdtemp(join(tmpdir(), 'procura-shared-'))
  server = await startPostgres()
  const url = await server.createDatabase('registry')
  const dataDir = join(folder, 'first')
  initialized = await initialize({ dataDir, database: url, tenant: 'acme', origin: ORIGIN })
  const keyEncryptionKey = (await readFile(join(dataDir, 'key-encryption-key'), 'utf8')).trim()
  shared = { url, keyEncryptionKey }
  for (const name of ['first', 'second', 'third']) services.push(await spawn(name))
})

beforeEach((context) => requireOrSkip(context, 'postgresql', postgresPrograms() !== undefined))

afterAll(async () => {
  for (const { child, end } of services)
    if (child.exitCode === null && child.signalCode === null) await end('SIGTERM')
  await server?.stop()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

/** Hosts of their own: nothing is shared but the database and the key-encryption key. */
function spawn(name: string): Promise<ServiceProcess> {
  return spawnService(join(folder, name), join(folder, 'compiled'), shared)
}

function service(i: number): ServiceProcess {
  const found = services[i % services.length]
  if (found === undefined) throw new Error('there are services')
  return found
}

/** Calls a process as a balancer in front of all of them does: under the one origin. */
async function callerOf({ url }: ServiceProcess, whose = initialized): Promise<Caller> {
  const admin = await adminCaller(url, whose)
  return {
    ...admin,
    get: (path, options) => admin.get(path, { origin: ORIGIN, ...options }),
    post: (path, body, options) => admin.post(path, body, { origin: ORIGIN, ...options }),
  }
}

interface Position {
  readonly list: number
  readonly index: number
}

/** Whether the newest head that a process serves commits to a list with the bit. */
async function isPublished({ url }: ServiceProcess, { list, index }: Position): Promise<boolean> {
  const trust = {
    statusIssuer: initialized.tenant.statusIssuer as Did,
    resolver: createDidResolver(),
    now: Date.now(),
  }
  const head = acceptedValue(await openHead((await send(`${url}/status/acme/head`)).text, trust))
  const leaves = acceptedValue(
    openLeafTable((await send(`${url}/status/acme/leaves/${head.root}`)).text, head.root),
  )
  const address = `${ORIGIN}/status/acme/r${list}`
  const version = leaves.leaves.get(address)?.version
  const { text } = await send(`${url}/status/acme/r${list}/${version}.jwt`)
  return readBit(acceptedValue(await openStatusList(text, { url: address, ...trust })).bits, index) === true
}

async function seqOf({ url }: ServiceProcess): Promise<number> {
  const trust = {
    statusIssuer: initialized.tenant.statusIssuer as Did,
    resolver: createDidResolver(),
    now: Date.now(),
  }
  return acceptedValue(await openHead((await send(`${url}/status/acme/head`)).text, trust)).seq
}

/** Whether an event brings the bit. */
function isPushed(event: ReadEvent | undefined, { list, index }: Position): boolean {
  if (event === undefined) throw new Error('the stream has ended')
  const slices = Object.entries(parseHeadEvent(event.data)?.changes ?? {})
  const changes = slices.flatMap(([slice, body]) => acceptedValue(parseChanges(body, Number(slice))))
  return changes.some(({ pair, set }) => pair === list && set.includes(index))
}

async function revokeVia(caller: Caller, id: string): Promise<void> {
  expect(await caller.post(`/v1/delegations/${id}/revoke`, { reason: 'leaked' })).toMatchObject({
    status: 200,
  })
}

describe('three issuer services on one PostgreSQL', () => {
  async function delegationsOf(count: number): Promise<{ id: string; position: Position }[]> {
    const callers = await Promise.all(services.map((each) => callerOf(each)))
    const [first] = callers
    if (first === undefined) throw new Error('there are services')
    const owner = await addOwner(first)
    const { agent } = await addAgent(service(0).url, first, owner.id)
    const issued = await Promise.all(
      Array.from({ length: count }, (_, i) =>
        (callers[i % callers.length] ?? first).post('/v1/delegations', {
          agent: agent.id,
          inherit: true,
          leaseSize: 1,
        }),
      ),
    )
    return issued.map(({ status, json }) => {
      expect(status).toBe(201)
      return { id: json.id, position: json.position }
    })
  }

  it('issue side by side, and publish at each what was revoked at another', async () => {
    const delegations = await delegationsOf(30)

    expect(new Set(delegations.map(({ position }) => `${position.list}/${position.index}`)).size).toBe(30)
    for (const [i, { id, position }] of delegations.slice(0, 6).entries()) {
      await revokeVia(await callerOf(service(i)), id)
      for (const each of services) {
        await vi.waitFor(async () => expect(await isPublished(each, position)).toBe(true), 10_000)
      }
    }
  })

  it('push at each what was revoked at another, whichever publishes', async () => {
    const [delegation] = await delegationsOf(1)
    if (delegation === undefined) throw new Error('one was issued')
    const sources = await Promise.all(services.map(({ url }) => listenTo(`${url}/status/acme/events`)))
    await revokeVia(await callerOf(service(0)), delegation.id)
    const before = performance.now()

    for (const source of sources) {
      while (!isPushed(await source.next(), delegation.position));
      await source.close()
    }
    expect(performance.now() - before).toBeLessThan(1_500) // heartbeats are 2 s apart
  })

  it('go on publishing, forward only, when any of them is killed', async () => {
    for (const i of [0, 1, 2]) {
      const [delegation] = await delegationsOf(1)
      if (delegation === undefined) throw new Error('one was issued')
      const before = await seqOf(service(i + 1))
      await service(i).end('SIGKILL')

      await revokeVia(await callerOf(service(i + 1)), delegation.id)

      const other = service(i + 2)
      await vi.waitFor(async () => expect(await isPublished(other, delegation.position)).toBe(true), 20_000)
      expect(await seqOf(other)).toBeGreaterThan(before)
      services[i] = await spawn(['first', 'second', 'third'][i] ?? '')
    }
  })

  it('publish and issue for a tenant that is added while they run', async () => {
    const dataDir = join(folder, 'first')
    const { url, keyEncryptionKey } = shared
    const env = { PROCURA_KEK: keyEncryptionKey }
    const added = await initialize({ dataDir, database: url, tenant: 'globex', origin: ORIGIN, env })
    for (const each of services) {
      await vi.waitFor(
        async () => expect((await send(`${each.url}/status/globex/head`)).status).toBe(200),
        10_000,
      )
    }
    const callers = await Promise.all(services.map((each) => callerOf(each, added)))

    const [first, second, third] = callers
    if (first === undefined || second === undefined || third === undefined) throw new Error('there are three')
    const { agent } = await addAgent(service(1).url, second, (await addOwner(first)).id)
    expect((await third.post('/v1/delegations', { agent: agent.id, inherit: true })).status).toBe(201)
  })

  it('lose nothing that they acknowledged when the server crashes, and go on by themselves', async () => {
    const delegations = await delegationsOf(30)
    const acknowledged: typeof delegations = []
    const callers = await Promise.all(services.map((each) => callerOf(each)))
    const revoking = delegations.map(async (delegation, i) => {
      const caller = callers[i % callers.length]
      await new Promise((resolve) => setTimeout(resolve, i * 50))
      const answer = await caller?.post(`/v1/delegations/${delegation.id}/revoke`, { reason: 'leaked' })
      if (answer?.status === 200) acknowledged.push(delegation)
      else expect(answer?.status).toBe(503)
    })

    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(2), 20_000)
    await server.restart('immediate')
    await Promise.all(revoking)

    const [first] = services
    const admin = await callerOf(first ?? service(0))
    await vi.waitFor(async () => expect((await admin.get('/v1/whoami')).status).toBe(200), 20_000)
    for (const { id, position } of acknowledged) {
      await vi.waitFor(async () => expect(await isPublished(service(1), position)).toBe(true), 20_000)
      expect((await admin.get(`/v1/delegations/${id}`)).json).toMatchObject({ state: 'revoked' })
    }
  })
})
