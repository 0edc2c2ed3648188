import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { directoryFetch } from '../../src/cli/status/directory-fetch.ts'
import type { Fetch } from '../../src/core/clock.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { createAgent, memoryStorage } from '../../src/holder/index.ts'
import type { Did } from '../../src/model/did.ts'
import { type Initialized, initialize } from '../../src/server/initialize.ts'
import { readBit } from '../../src/status/bitstring.ts'
import { openHead } from '../../src/status/head.ts'
import { parseHeadEvent } from '../../src/status/head-event.ts'
import { openLeafTable } from '../../src/status/leaf-table.ts'
import { openStatusList } from '../../src/status/open-status-list.ts'
import { createVerifier, type Verifier } from '../../src/verifier/index.ts'
import { requireOrSkip } from '../helpers/available.ts'
import { startBucketServer } from '../helpers/bucket-server.ts'
import { listenTo } from '../helpers/event-source.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  adminCaller,
  type Caller,
  freePort,
  send,
  startTestService,
} from '../helpers/issuer-service.ts'
import { nginx, startNginx } from '../helpers/nginx.ts'
import { startServer } from '../helpers/recording-server.ts'
import { type ServiceProcess, spawnService } from '../helpers/service-process.ts'
import { acceptedValue } from '../helpers/signers.ts'
import { inconsistencies } from '../server/store/oracle.ts'

const KILLS = 8

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'procura-static-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

interface Shown {
  readonly seq: number
  /** Whether the bit at a position is set. */
  isRevoked(position: { readonly list: number; readonly index: number }): boolean
}

/** What a reader of files finds who follows the head; throws when anything is missing, unsigned or does not fit. */
async function follow(fetch: Fetch, origin: string, { tenant }: Initialized): Promise<Shown> {
  const trust = { statusIssuer: tenant.statusIssuer as Did, resolver: createDidResolver(), now: Date.now() }
  const read = async (url: string) => await (await fetch(url)).text()
  const base = `${origin}/status/acme`
  const head = acceptedValue(await openHead(await read(`${base}/head`), trust))
  const leaves = acceptedValue(openLeafTable(await read(`${base}/leaves/${head.root}`), head.root)).leaves
  const bits = new Map<string, Uint8Array>()
  for (const { list, version, digest } of leaves.values()) {
    const opened = await openStatusList(await read(`${list}/${version}.jwt`), { ...trust, url: list })
    expect(acceptedValue(opened).bitsDigest).toBe(digest)
    bits.set(list, acceptedValue(opened).bits)
  }
  const isRevoked: Shown['isRevoked'] = ({ list, index }) =>
    readBit(bits.get(`${base}/r${list}`) ?? new Uint8Array(), index) === true
  return { seq: head.seq, isRevoked }
}

/** Issues and revokes until the service does not answer any more. @returns Positions whose revocation was acknowledged. */
async function revokeOn(admin: Caller, agent: string, acknowledged: { list: number; index: number }[]) {
  for (;;) {
    const issued = await admin.post('/v1/delegations', { agent, inherit: true })
    if (issued.status !== 201) throw new Error(`${issued.status} ${issued.text}`)
    const { id, position } = issued.json
    if ((await admin.post(`/v1/delegations/${id}/revoke`, { reason: 'a test' })).status === 200)
      acknowledged.push(position)
  }
}

describe('a directory', () => {
  it(`shows a whole commit to whoever follows it, and in the end every revocation, when the service is killed ${KILLS} times while it writes [ST-07]`, async () => {
    const folder = await temporaryFolder()
    const [dataDir, publishDirectory] = [join(folder, 'data'), join(folder, 'www')]
    const origin = `http://127.0.0.1:${await freePort()}`
    const initialized = await initialize({ dataDir, tenant: 'acme', origin })
    const admin = await adminCaller(origin, initialized)
    const start = async (): Promise<ServiceProcess> => {
      const started = await spawnService(dataDir, join(folder, 'cache'), { publishDirectory })
      onTestFinished(() => void started.child.kill('SIGKILL'))
      return started
    }
    const files = directoryFetch(publishDirectory)
    const acknowledged: { list: number; index: number }[] = []
    let last = 0

    for (let kill = 0; kill < KILLS; kill++) {
      const service = await start()
      const { agent } = await addAgent(origin, admin, (await addOwner(admin)).id)
      const working = Promise.allSettled([revokeOn(admin, agent.id, acknowledged)])
      await vi.waitFor(() => follow(files, origin, initialized), { timeout: 10_000 })
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(kill), { timeout: 30_000 })
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 300))
      await service.end('SIGKILL')
      await working
      const shown = await follow(files, origin, initialized)
      expect(shown.seq).toBeGreaterThanOrEqual(last)
      expect(service.output).toEqual([])
      last = shown.seq
    }

    await start()
    await vi.waitFor(
      async () => {
        const shown = await follow(files, origin, initialized)
        expect(acknowledged.filter((position) => !shown.isRevoked(position))).toEqual([])
      },
      { timeout: 10_000, interval: 200 },
    )
    expect(acknowledged.length).toBeGreaterThanOrEqual(KILLS)
    expect(await inconsistencies(join(dataDir, 'procura.sqlite'))).toEqual([])
  }, 120_000)

  it('behind nginx, as docs/operations.md configures it, lets a verifier refuse what was revoked while the service is down, and shows no other file [PB-05]', async (ctx) => {
    requireOrSkip(ctx, 'nginx', nginx !== undefined)
    const folder = await temporaryFolder()
    const [dataDir, directory] = [join(folder, 'data'), join(folder, 'www')]
    const [servicePort, port] = [await freePort(), await freePort()]
    const origin = `http://127.0.0.1:${port}`
    const initialized = await initialize({ dataDir, tenant: 'acme', origin })
    const { startService } = await import('../../src/server/start-service.ts')
    const service = await startService({
      dataDir,
      port: servicePort,
      logLevel: 'silent',
      publish: { directory },
    })
    onTestFinished(() => service.close())
    await startNginx(port, join(directory, `127.0.0.1_${port}`), service.url)
    const admin = await adminCaller(origin, initialized)
    const mail = await startMailService(initialized)
    const delegation = await allowedDelegation(origin, admin, `${mail.origin}/`)
    const agent = await createAgent({
      key: delegation.caller.signer,
      chain: delegation.chain,
      issuer: origin,
      storage: memoryStorage(),
    })
    await vi.waitFor(async () => {
      await mail.verifier.sync()
      expect((await agent.fetch(`${mail.origin}/inbox`)).status).toBe(200)
    }, 10_000)

    const heads = await listenTo(`${origin}/status/acme/events`)
    expect(await heads.next()).toMatchObject({ event: 'head' })
    await admin.post(`/v1/delegations/${delegation.id}/revoke`, { reason: 'over' })
    expect(parseHeadEvent((await heads.next())?.data ?? '')).toBeDefined()
    await heads.close()
    await service.close()
    expect((await fetch(`${origin}/livez`)).status).toBe(502)
    await mail.verifier.sync()

    expect(await (await agent.fetch(`${mail.origin}/inbox`)).json()).toMatchObject({ code: 'revoked' })
    await expectPlainReaders(origin)
  }, 60_000)
})

async function allowedDelegation(url: string, admin: Caller, location: string) {
  const grant = { type: 'api', locations: [location], actions: ['mail.read'] }
  const owner = await addOwner(admin, { entitlements: [grant] })
  const { caller, agent } = await addAgent(url, admin, owner.id)
  const { id, chain } = await addDelegation(admin, agent.id, { authorizationDetails: [grant] })
  return { id, chain, caller }
}

/** A service provider that follows the status at its origin alone. */
async function startMailService({ trust }: Initialized): Promise<{ origin: string; verifier: Verifier }> {
  const { origin } = await startServer(async (request) => {
    const verdict = await verifier.verify(request, { action: 'mail.read' })
    return verdict.verified ? { body: {} } : { status: 401, body: { code: verdict.refusal.code } }
  })
  const verifier = createVerifier({ audience: `${origin}/`, trust: [trust], freshness: { '*': 'sensitive' } })
  onTestFinished(() => verifier.close())
  return { origin, verifier }
}

/** Types and caching that readers of the standards go by. */
async function expectPlainReaders(origin: string): Promise<void> {
  const bare = await get(`${origin}/status/acme/r1`)
  const jwt = await get(`${origin}/status/acme/r1.jwt`)
  expect([bare.status, bare.json.id]).toEqual([200, `${origin}/status/acme/r1`])
  expect(jwt.headers.get('content-type')).toBe('application/vc+jwt')
  expect(jwt.headers.get('access-control-allow-origin')).toBe('*')
  expect(jwt.headers.get('etag')).toBeNull()
  expect((await get(`${origin}/.well-known/procura`)).json.head).toBe(`${origin}/status/acme/head`)
  expect((await get(`${origin}/contexts/delegation-v1.jsonld`)).json['@context']).toBeDefined()
  for (const path of ['', '..%2f..%2f..%2f.procura/lock', '%2e%2e/%2e%2e/%2e%2e/.procura/lock', 'r1/']) {
    const { status } = await get(`${origin}/status/acme/${path}`)
    expect([400, 404, 502]).toContain(status)
  }
}

/** From a web server, whose answers need not be those of the service. */
async function get(url: string) {
  const answer = await fetch(url)
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    json: text.startsWith('{') ? JSON.parse(text) : {},
  }
}

describe('a bucket', () => {
  const place = (endpoint: string) => ({ bucket: 'status', endpoint, accessKeyId: 'a', secretAccessKey: 'b' })

  it('that is slow, fails and cuts connections holds nothing up, and is caught up with', async () => {
    const server = await startBucketServer()
    server.fault = 'cut'
    const service = await startTestService({ publish: { bucket: place(server.endpoint) } })
    onTestFinished(() => service.close())
    const owner = await addOwner(service.admin)
    const { agent } = await addAgent(service.url, service.admin, owner.id)
    const { id, position } = await addDelegation(service.admin, agent.id)
    await service.admin.post(`/v1/delegations/${id}/revoke`, { reason: 'over' })
    const fetchBucket: Fetch = async (url) => {
      const held = server.objects.get(new URL(String(url)).pathname.slice(1))
      return new Response(held?.body ?? '', { status: held === undefined ? 404 : 200 })
    }
    expect((await send(`${service.url}/readyz`)).status).toBe(200)
    expect(server.objects.size).toBe(0)

    server.faults.push(500, 'lost', 'slow', 503, 'lost')
    server.fault = undefined
    await vi.waitFor(
      async () => {
        const shown = await follow(fetchBucket, service.url, service.initialized)
        expect(shown.isRevoked(position)).toBe(true)
      },
      { timeout: 20_000, interval: 200 },
    )
    expect((await send(`${service.url}/readyz`)).json.targets).toEqual([{ kind: 's3', alarms: [] }])
  }, 60_000)
})
