import { describe, expect, it, vi } from 'vitest'
import { checkAttenuation } from '../../src/delegation/verify-chain.ts'
import type { Agent } from '../../src/holder/agent.ts'
import { memoryStorage } from '../../src/holder/agent-storage.ts'
import type { AgentOptions } from '../../src/holder/create-agent.ts'
import { createAgent } from '../../src/holder/create-agent-from-environment.ts'
import type { RunOptions } from '../../src/holder/run-identity.ts'
import type { Lineage } from '../../src/model/credential.ts'
import { formatAgentDelegation } from '../../src/securing/http-signature/agent-delegation.ts'
import { PROCURA_API_PROFILE } from '../../src/securing/http-signature/profile.ts'
import { createLocalSigner, generateKey } from '../../src/securing/vc-jose/local-signer.ts'
import { leaseJson } from '../helpers/credentials.ts'
import { type Answer, proofOutcome, type RecordingServer, startServer } from '../helpers/recording-server.ts'
import { outcomeOf } from '../helpers/signers.ts'
import {
  agentOptions,
  agentSigner,
  type ChainFacts,
  didOf,
  fakeClock,
  HOUR,
  held,
  issueChain,
  NOW,
  READ_MAIL,
} from './fixtures.ts'

const TRIAGE: RunOptions = { task: 'triage #4711', grant: READ_MAIL, lifetime: '15m' }
const UNREGISTERED: RunOptions = { ...TRIAGE, register: false }

/** Takes every registration and completion. */
function startIssuer(
  answer: (target: string) => Answer | undefined = () => undefined,
): Promise<RecordingServer> {
  return startServer(({ target }) => answer(target) ?? { status: 201, body: {} })
}

async function agentWith(options: Partial<AgentOptions> = {}, facts: ChainFacts = {}): Promise<Agent> {
  return createAgent({ ...(await agentOptions(facts)), storage: memoryStorage(), ...options })
}

async function lineageOf({ chain }: Agent): Promise<Lineage | undefined> {
  const { subject } = (await held(chain)).own.credential
  return subject.kind === 'Agent' ? undefined : subject.lineage
}

function problem(status: number, code: string): Answer {
  return { status, headers: { 'content-type': 'application/problem+json' }, body: { status, code } }
}

describe('agent.run', () => {
  it('makes an identity of its own for the task, within the chain [E1] [E2] [E3]', async () => {
    const agent = await agentWith()

    const run = await agent.run(UNREGISTERED)
    const other = await agent.run(UNREGISTERED)

    const chain = await held(run.chain)
    expect(outcomeOf(checkAttenuation(chain.links))).toBe('accepted')
    expect(chain.own.credential).toMatchObject({
      id: run.id,
      validUntil: NOW + 900_000,
      subject: { kind: 'Run', name: 'triage #4711', id: run.did },
    })
    expect(new Set([agent.did, run.did, other.did]).size).toBe(3)
  })

  it('presents itself in each request [E5]', async () => {
    const { origin, requests } = await startServer(() => ({}))
    const run = await (await agentWith()).run(UNREGISTERED)

    await run.fetch(origin)

    expect(requests[0]?.header('agent-delegation')).toBe(formatAgentDelegation(run.chain))
    expect(requests[0]?.header('signature-input')).toContain(`keyid="${run.did}#`)
  })

  it('stamps lineage: root task, parent run and run [E4]', async () => {
    const agent = await agentWith()

    const outer = await agent.run({ ...UNREGISTERED, task: 'release 7', maxDepth: 1, leaseSize: 1 })
    const inner = await outer.run({ ...UNREGISTERED, task: 'build', lifetime: '5m' })

    expect(outer.lineage).toEqual({ rootTask: 'release 7', run: outer.id })
    expect(inner.lineage).toEqual({ rootTask: 'release 7', parentRun: outer.id, run: inner.id })
    expect(await lineageOf(inner)).toEqual(inner.lineage)
  })

  it('takes a root task that the caller names', async () => {
    const run = await (await agentWith()).run({ ...UNREGISTERED, rootTask: 'ticket-1' })

    expect(run.lineage.rootTask).toBe('ticket-1')
  })

  it('delegates on, to any depth that the owner allows [E8]', async () => {
    const run = await (await agentWith()).run({ ...UNREGISTERED, maxDepth: 1, leaseSize: 1 })
    const to = didOf(await createLocalSigner(await generateKey('Ed25519')))

    const child = await run.delegate({ to, grant: READ_MAIL, lifetime: '5m' })

    expect(outcomeOf(checkAttenuation((await held(child.chain)).links))).toBe('accepted')
    await expect(run.delegate({ to, grant: READ_MAIL, lifetime: '5m', maxDepth: 1 })).rejects.toMatchObject({
      code: 'ERR_PROCURA_WIDER_THAN_PARENT',
    })
  })

  it.each([
    ['a JWK', async () => generateKey('P-256')],
    ['a signer', async () => createLocalSigner(await generateKey('Ed25519'))],
  ])('uses %s that the caller made for another process', async (_, makeKey) => {
    const key = await makeKey()
    const run = await (await agentWith()).run({ ...UNREGISTERED, key })

    expect((await createAgent({ key, chain: run.chain })).did).toBe(run.did)
  })

  it('refuses a signer whose key has no DID', async () => {
    const key = { ...agentSigner, keyId: 'key-1' as typeof agentSigner.keyId }

    await expect((await agentWith()).run({ ...UNREGISTERED, key })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
    })
  })

  it('may be statusless, unregistered', async () => {
    const run = await (await agentWith()).run({ ...UNREGISTERED, statusless: true })

    expect((await held(run.chain)).own.credential.status).toBeUndefined()
  })

  it('cannot be registered when it is statusless', async () => {
    const issuer = await startIssuer()
    const agent = await agentWith({ issuer: issuer.origin })

    await expect(agent.run({ ...TRIAGE, statusless: true })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })
})

describe('agent.run, registered', () => {
  it('shows the issuer links 1 and up, in a request that the agent signed', async () => {
    const issuer = await startIssuer()
    const agent = await agentWith({ issuer: issuer.origin })

    const run = await agent.run(TRIAGE)

    const [request] = issuer.requests
    expect(request).toMatchObject({ method: 'POST', target: '/v1/runs' })
    expect(JSON.parse(new TextDecoder().decode(request?.body))).toEqual({ chain: run.chain.slice(1) })
    expect(request?.header('idempotency-key')).toBe(run.id)
    const proof = { origin: issuer.origin, profile: PROCURA_API_PROFILE, now: NOW, signer: agentSigner }
    expect(await proofOutcome(request, proof)).toBe('accepted')
  })

  it('registers a run of a run with the key of the agent, whom the issuer knows', async () => {
    const issuer = await startIssuer()
    const agent = await agentWith({ issuer: issuer.origin })
    const outer = await agent.run({ ...TRIAGE, maxDepth: 1 })

    await outer.run({ ...TRIAGE, lifetime: '5m' })

    const proof = { origin: issuer.origin, profile: PROCURA_API_PROFILE, now: NOW, signer: agentSigner }
    expect(await proofOutcome(issuer.requests[1], proof)).toBe('accepted')
  })

  it('wants it said that a run shall not be registered when there is no issuer', async () => {
    const agent = await agentWith()

    await expect(agent.run(TRIAGE)).rejects.toMatchObject({
      code: 'ERR_PROCURA_ISSUER_UNREACHABLE',
      message: expect.stringContaining('register: false'),
    })
    await expect(agent.run(UNREGISTERED)).resolves.toBeDefined()
  })

  it('fails when the issuer is down, and wears no index out by trying', async () => {
    const issuer = await startIssuer(() => ({ status: 503, body: '' }))
    const agent = await agentWith({ issuer: issuer.origin }, { subject: { statusLease: [leaseJson(201)] } })

    await expect(agent.run(TRIAGE)).rejects.toMatchObject({ code: 'ERR_PROCURA_ISSUER_UNREACHABLE' })
    await expect(agent.run(TRIAGE)).rejects.toMatchObject({ code: 'ERR_PROCURA_ISSUER_UNREACHABLE' })

    expect(issuer.requests).toHaveLength(6)
    const run = await agent.run(UNREGISTERED)
    expect((await held(run.chain)).own.credential.status?.index).toBe(201)
  })

  it('tries again when an answer is lost, as the same run', async () => {
    let answers = 0
    const issuer = await startIssuer(() => (answers++ === 0 ? { status: 502, body: '' } : undefined))
    const run = await (await agentWith({ issuer: issuer.origin })).run(TRIAGE)

    expect(issuer.requests.map((request) => request.header('idempotency-key'))).toEqual([run.id, run.id])
  })

  it('does not try again what the issuer refuses', async () => {
    const issuer = await startIssuer(() => problem(409, 'agent_suspended'))
    const agent = await agentWith({ issuer: issuer.origin })

    await expect(agent.run(TRIAGE)).rejects.toMatchObject({
      code: 'ERR_PROCURA_ISSUER_REFUSED',
      problem: { status: 409, code: 'agent_suspended' },
    })
    expect(issuer.requests).toHaveLength(1)
  })

  it('takes the next index when one is registered already', async () => {
    let answers = 0
    const issuer = await startIssuer(() => (answers++ === 0 ? problem(409, 'already_registered') : undefined))
    const agent = await agentWith({ issuer: issuer.origin })

    const run = await agent.run(TRIAGE)

    expect((await held(run.chain)).own.credential.status?.index).toBe(202)
  })

  it('ends when every index is registered already', async () => {
    const issuer = await startIssuer((target) =>
      target === '/v1/runs' ? problem(409, 'already_registered') : problem(409, 'delegation_ended'),
    )
    const agent = await agentWith({ issuer: issuer.origin })

    await expect(agent.run(TRIAGE)).rejects.toMatchObject({ code: 'ERR_PROCURA_LEASE_EXHAUSTED' })
  })

  it('gives up on indexes that are registered already after 9 of them', async () => {
    const issuer = await startIssuer(() => problem(409, 'already_registered'))
    const indexes = Array.from({ length: 20 }, (_, i) => 300 + i)
    const agent = await agentWith(
      { issuer: issuer.origin },
      { subject: { statusLease: [leaseJson(...indexes)] } },
    )

    await expect(agent.run(TRIAGE)).rejects.toMatchObject({ problem: { code: 'already_registered' } })
    expect(issuer.requests).toHaveLength(9)
  })

  it('asks for a larger lease when it is used up, as often as it grows', async () => {
    const agent = await agentWithLeaseOf(2, await startLessor(({ leaseSize = 0 }) => leaseSize))

    await Promise.all(Array.from({ length: 20 }, () => agent.run(UNREGISTERED)))

    expect((await held(agent.chain)).own.credential.subject.statusLease[0]?.indexes).toHaveLength(26)
  })

  it('asks for 256 indexes at most', async () => {
    const asked: (number | undefined)[] = []
    const lessor = await startLessor(({ leaseSize }) => {
      asked.push(leaseSize)
      return 250
    })
    const agent = await agentWithLeaseOf(250, lessor)

    await expect(agent.run({ ...UNREGISTERED, maxDepth: 1, leaseSize: 250 })).rejects.toMatchObject({
      code: 'ERR_PROCURA_LEASE_EXHAUSTED',
    })
    expect(asked).toEqual([256])
  })

  it('says why there is no larger lease', async () => {
    const issuer = await startIssuer((target) =>
      target === '/v1/runs' ? undefined : problem(409, 'quota_exceeded'),
    )
    const agent = await agentWithLeaseOf(0, issuer)

    await expect(agent.run(UNREGISTERED)).rejects.toMatchObject({
      code: 'ERR_PROCURA_LEASE_EXHAUSTED',
      message: expect.stringContaining('the issuer gave no more'),
      cause: { problem: { code: 'quota_exceeded' } },
    })
  })
})

/** An issuer that renews with a lease of the size that `grant` says. */
function startLessor(grant: (body: { leaseSize?: number }) => number): Promise<RecordingServer> {
  return startServer(async ({ body }) => {
    const size = grant(JSON.parse(new TextDecoder().decode(body)))
    return { body: { chain: await issueChain({ issuedAt: NOW - 1000, subject: leaseOfSize(size) }) } }
  })
}

function leaseOfSize(size: number): ChainFacts['subject'] & object {
  const indexes = Array.from({ length: size }, (_, i) => 300 + i)
  return { statusLease: size === 0 ? undefined : [leaseJson(...indexes)] }
}

function agentWithLeaseOf(size: number, issuer: RecordingServer): Promise<Agent> {
  return agentWith({ issuer: issuer.origin }, { subject: leaseOfSize(size) })
}

describe('the end of a run', () => {
  it('completes it at the issuer when the block is left, and ends its use here [E6]', async () => {
    const issuer = await startIssuer()
    const agent = await agentWith({ issuer: issuer.origin })
    let ended: Agent | undefined
    {
      await using run = await agent.run(TRIAGE)
      ended = run
      expect(issuer.requests).toHaveLength(1)
    }

    const target = `/v1/runs/${encodeURIComponent((ended as { id?: string }).id ?? '')}/complete`
    expect(issuer.requests[1]).toMatchObject({ method: 'POST', target })
    await expect(ended.fetch(issuer.origin)).rejects.toMatchObject({ code: 'ERR_PROCURA_DELEGATION_ENDED' })
    await expect(ended.run(UNREGISTERED)).rejects.toMatchObject({ code: 'ERR_PROCURA_DELEGATION_ENDED' })
  })

  it('completes it also when the block throws', async () => {
    const issuer = await startIssuer()
    const agent = await agentWith({ issuer: issuer.origin })
    const work = async () => {
      await using _ = await agent.run(TRIAGE)
      throw new Error('the work failed')
    }

    await expect(work()).rejects.toThrow('the work failed')
    expect(issuer.requests).toHaveLength(2)
  })

  it('tells once that it was completed', async () => {
    const issuer = await startIssuer()
    const run = await (await agentWith({ issuer: issuer.origin })).run(TRIAGE)

    expect(await run.complete()).toBe('completed')
    expect(await run.complete()).toBe('completed')
    expect(issuer.requests).toHaveLength(2)
  })

  it('says that an unregistered run lapses', async () => {
    const run = await (await agentWith()).run(UNREGISTERED)

    expect(await run.complete()).toBe('lapses')
    await expect(run.fetch('http://127.0.0.1:9')).rejects.toMatchObject({
      code: 'ERR_PROCURA_DELEGATION_ENDED',
    })
  })

  it('takes a run for completed that someone else has ended', async () => {
    const issuer = await startIssuer((target) =>
      target === '/v1/runs' ? undefined : problem(409, 'run_ended'),
    )
    const run = await (await agentWith({ issuer: issuer.origin })).run(TRIAGE)

    expect(await run.complete()).toBe('completed')
  })

  it('tries three times, and then says until when the credential is good', async () => {
    let isDown = true
    const issuer = await startIssuer((target) =>
      target !== '/v1/runs' && isDown ? { status: 503 } : undefined,
    )
    const sleep = vi.fn(async () => {})
    const run = await (await agentWith({ issuer: issuer.origin, sleep })).run(TRIAGE)

    await expect(run.complete()).rejects.toMatchObject({
      code: 'ERR_PROCURA_ISSUER_UNREACHABLE',
      message: expect.stringMatching(/good until 2026-11-22T09:15:00.000Z; call complete\(\) again/),
    })
    expect(issuer.requests).toHaveLength(4)
    expect(sleep.mock.calls).toEqual([[200], [1000]])

    isDown = false
    expect(await run.complete()).toBe('completed')
  })

  it('does not swallow what the issuer refused, not even beside an error of the block', async () => {
    const issuer = await startIssuer((target) =>
      target === '/v1/runs' ? undefined : problem(404, 'not_found'),
    )
    const agent = await agentWith({ issuer: issuer.origin })
    const work = async () => {
      await using _ = await agent.run(TRIAGE)
      throw new Error('the work failed')
    }

    await expect(work()).rejects.toMatchObject({
      name: 'SuppressedError',
      error: { code: 'ERR_PROCURA_ISSUER_REFUSED', problem: { status: 404, code: 'not_found' } },
      suppressed: { message: 'the work failed' },
    })
  })
})

describe('a run whose owner credential was replaced', () => {
  it('takes link 0 from its agent and keeps its own links', async () => {
    const renewed = await issueChain({ issuedAt: NOW - 1000 })
    const issuer = await startIssuer(() => ({ body: { chain: renewed } }))
    const agent = await agentWith({ issuer: issuer.origin })
    const run = await agent.run(UNREGISTERED)
    const [, link1, link2] = run.chain

    await run.refresh()

    expect(run.chain).toEqual([renewed[0], link1, link2])
  })

  it('is not renewed by itself: it ends when its lifetime does', async () => {
    const time = fakeClock()
    const issuer = await startServer(() => ({ body: {} }))
    const agent = await agentWith({ issuer: issuer.origin, clock: time.clock })
    const run = await agent.run(UNREGISTERED)
    time.set(NOW + 14 * 60_000)
    await run.fetch(issuer.origin)
    time.set(NOW + HOUR)

    expect(issuer.requests).toHaveLength(1)
    await expect(run.fetch(issuer.origin)).rejects.toMatchObject({ code: 'ERR_PROCURA_DELEGATION_ENDED' })
  })
})
