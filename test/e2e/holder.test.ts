import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { problemOf } from '../../src/adapters/problem.ts'
import {
  type Agent,
  type AgentOptions,
  createAgent,
  createIssuerClient,
  createLocalSigner,
  type Did,
  fileStorage,
  generateKey,
  memoryStorage,
  type PrivateJwk,
} from '../../src/holder/index.ts'
import {
  createVerifier,
  type PresentationVerdict,
  type TrustEntry,
  type Verifier,
} from '../../src/verifier/index.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  startTestService,
  type TestService,
} from '../helpers/issuer-service.ts'
import { type Answer, startServer } from '../helpers/recording-server.ts'

let issuer: TestService

beforeAll(async () => {
  issuer = await startTestService()
})

afterAll(async () => {
  await issuer.close()
})

/** A service provider that lets agents read and send mail, and tells them who they are. */
interface MailService {
  readonly origin: string
  readonly verifier: Verifier
}

async function startMailService(): Promise<MailService> {
  const { origin } = await startServer(async (request, self) => {
    const action = request.method === 'GET' ? 'mail.read' : 'mail.send'
    return answerTo(await verifier.verify(request, { action }), self)
  })
  const trust = [issuer.initialized.trust as TrustEntry]
  const verifier = createVerifier({ audience: `${origin}/`, trust, freshness: { '*': 'critical' } })
  await verifier.sync()
  return { origin, verifier }
}

function answerTo(verdict: PresentationVerdict, origin: string): Answer {
  if (!verdict.verified) return problemOf(verdict.refusal, origin)
  const { agent, kind, run, lineage } = verdict
  return { body: { agent, kind, run, lineage } }
}

interface World {
  readonly agent: Agent
  readonly agentId: string
  readonly delegation: string
  readonly options: AgentOptions
}

/** An agent with a delegation of the real issuer for one service provider. */
async function startAgent(mail: MailService, delegated: object = {}): Promise<World> {
  const grant = { type: 'api', locations: [`${mail.origin}/`], actions: ['mail.read', 'mail.send'] }
  const owner = await addOwner(issuer.admin, { entitlements: [grant] })
  const { caller, agent: row } = await addAgent(issuer.url, issuer.admin, owner.id)
  const terms = { authorizationDetails: [grant], maxDepth: 2, ...delegated }
  const delegation = await addDelegation(issuer.admin, row.id, terms)
  const options = {
    key: caller.signer,
    chain: delegation.chain,
    issuer: issuer.url,
    storage: memoryStorage(),
  }
  return { agent: await createAgent(options), agentId: row.id, delegation: delegation.id, options }
}

function reads(mail: MailService) {
  return [{ type: 'api', locations: [`${mail.origin}/`], actions: ['mail.read'] }]
}

/** The code with which the agent is refused once the service provider has seen the newest status. */
async function refusedWith(mail: MailService, agent: Pick<Agent, 'fetch'>, code: string): Promise<void> {
  await vi.waitFor(
    async () => {
      await mail.verifier.sync()
      const response = await agent.fetch(`${mail.origin}/inbox`)
      expect(await response.json()).toMatchObject({ code })
    },
    { timeout: 10_000, interval: 100 },
  )
}

describe('an agent, its issuer and a service provider', () => {
  it('lets a delegated agent do what it was delegated, and names it', async () => {
    const mail = await startMailService()
    const { agent, agentId } = await startAgent(mail)

    const read = await agent.fetch(`${mail.origin}/inbox?folder=1`)
    const sent = await agent.fetch(`${mail.origin}/send`, { method: 'POST', body: 'hello' })

    expect(read.status).toBe(200)
    expect(await read.json()).toMatchObject({ agent: agentId, kind: 'Agent' })
    expect(sent.status).toBe(200)
  })

  it('registers a run, lets it work, and leaves nothing to reuse when it is over [D5] [E5] [E6] [E9]', async () => {
    const mail = await startMailService()
    const { agent } = await startAgent(mail)
    const key = await generateKey('Ed25519')
    const task = { task: 'triage #4711', grant: reads(mail), lifetime: '15m', key } as const
    let leaked: AgentOptions | undefined
    {
      await using run = await agent.run(task)
      leaked = { key, chain: run.chain }
      const registered = await issuer.admin.get(`/v1/runs/${encodeURIComponent(run.id)}`)
      const response = await run.fetch(`${mail.origin}/inbox`)

      expect(registered.json).toMatchObject({
        id: run.id,
        kind: 'Run',
        name: 'triage #4711',
        state: 'active',
      })
      expect(await response.json()).toMatchObject({ kind: 'Run', lineage: run.lineage })
      expect((await run.fetch(`${mail.origin}/send`, { method: 'POST', body: 'x' })).status).toBe(403)
    }

    await refusedWith(mail, await createAgent(leaked), 'revoked')
    expect((await agent.fetch(`${mail.origin}/inbox`)).status).toBe(200)
  })

  it('registers a run of a run under it, by lineage [E4] [E8]', async () => {
    const mail = await startMailService()
    const { agent } = await startAgent(mail)
    await using outer = await agent.run({ task: 'release', grant: reads(mail), lifetime: '15m', maxDepth: 1 })
    await using inner = await outer.run({ task: 'build', grant: reads(mail), lifetime: '5m' })

    const { json } = await issuer.admin.get(`/v1/runs?parent=${encodeURIComponent(outer.id)}`)

    expect(json.items).toMatchObject([
      { id: inner.id, lineage: { rootTask: 'release', parentRun: outer.id } },
    ])
    expect((await inner.fetch(`${mail.origin}/inbox`)).status).toBe(200)
  })

  it('revokes what an agent delegated offline, without anybody having registered it', async () => {
    const mail = await startMailService()
    const { agent, options } = await startAgent(mail)
    const key = await generateKey('P-256')
    const to = await didOfKey(key)
    const child = await agent.delegate({ to, grant: reads(mail), lifetime: '10m' })
    const helper = await createAgent({ key, chain: child.chain })
    expect((await helper.fetch(`${mail.origin}/inbox`)).status).toBe(200)
    if (!('sign' in options.key)) throw new Error('a signer is wanted')

    await createIssuerClient({ issuer: issuer.url, signer: options.key }).call({
      method: 'POST',
      path: '/v1/leases/revoke',
      body: {
        statusListCredential: child.status?.revocation,
        statusListIndex: String(child.status?.index),
        reason: 'the helper misbehaved',
      },
    })

    await refusedWith(mail, helper, 'revoked')
    expect((await agent.fetch(`${mail.origin}/inbox`)).status).toBe(200)
  })

  it('lets the issuer enlarge the lease while runs are made [E7]', async () => {
    const mail = await startMailService()
    const { agent } = await startAgent(mail, { leaseSize: 2 })
    const task = { task: 'fan out', grant: reads(mail), lifetime: '5m' } as const

    const runs = await Promise.all(Array.from({ length: 12 }, () => agent.run(task)))

    const answers = await Promise.all(runs.map((run) => run.fetch(`${mail.origin}/inbox`)))
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200))
    expect(new Set(runs.map(({ did }) => did)).size).toBe(12)
    await Promise.all(runs.map((run) => run.complete()))
  })

  it('keeps a live child working over the renewal of its parent', async () => {
    const mail = await startMailService()
    const { agent } = await startAgent(mail)
    await using run = await agent.run({ task: 'long', grant: reads(mail), lifetime: '15m' })
    const before = agent.chain

    await agent.refresh({ leaseSize: 9 })

    expect(agent.chain[1]).not.toBe(before[1])
    expect(run.chain[1]).toBe(before[1])
    expect((await run.fetch(`${mail.origin}/inbox`)).status).toBe(200)
    expect((await agent.fetch(`${mail.origin}/inbox`)).status).toBe(200)
  })

  it('takes another index when a forgetful process gives one away that is registered', async () => {
    const mail = await startMailService()
    const { agent, options } = await startAgent(mail)
    const task = { task: 'again', grant: reads(mail), lifetime: '5m' } as const
    await using first = await agent.run(task)
    const forgetful = await createAgent({ ...options, storage: memoryStorage() })

    await using second = await forgetful.run(task)

    expect((await first.fetch(`${mail.origin}/inbox`)).status).toBe(200)
    expect((await second.fetch(`${mail.origin}/inbox`)).status).toBe(200)
  })

  it('goes on from its storage alone after a restart', async () => {
    const mail = await startMailService()
    const { options } = await startAgent(mail)
    const directory = await mkdtemp(join(tmpdir(), 'procura-holder-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const { chain, ...rest } = options
    await createAgent({ ...options, storage: fileStorage(directory) })

    const again = await createAgent({ ...rest, storage: fileStorage(directory) })

    expect(again.chain).toEqual(chain)
    expect((await again.fetch(`${mail.origin}/inbox`)).status).toBe(200)
  })
})

describe('an agent whose owner is gone', () => {
  it('is refused, with its runs, and gets nothing new [I14]', async () => {
    const mail = await startMailService()
    const { agent, agentId } = await startAgent(mail)
    const task = { task: 'orphan', grant: reads(mail), lifetime: '15m' } as const
    const run = await agent.run(task)
    const { json: row } = await issuer.admin.get(`/v1/agents/${agentId}`)

    await issuer.admin.post(`/v1/owners/${row.owner}/offboard`, { reason: 'left' })

    await refusedWith(mail, agent, 'revoked')
    await refusedWith(mail, run, 'revoked')
    await expect(agent.run(task)).rejects.toMatchObject({ code: 'ERR_PROCURA_ISSUER_REFUSED' })
    await expect(agent.refresh()).rejects.toMatchObject({ code: 'ERR_PROCURA_ISSUER_REFUSED' })
    await expect(run.complete()).rejects.toMatchObject({ problem: { code: 'unknown_principal' } })
  })
})

async function didOfKey(key: PrivateJwk): Promise<Did> {
  const { keyId } = await createLocalSigner(key)
  return keyId.slice(0, keyId.indexOf('#')) as Did
}
