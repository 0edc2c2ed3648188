import { expect, onTestFinished, vi } from 'vitest'
import { problemOf } from '../../src/adapters/problem.ts'
import { type Agent, type AgentOptions, createAgent, memoryStorage } from '../../src/holder/index.ts'
import { createVerifier, type TrustEntry, type Verifier } from '../../src/verifier/index.ts'
import { addAgent, addDelegation, addOwner, type TestService } from '../helpers/issuer-service.ts'
import { startServer } from '../helpers/recording-server.ts'

export interface World {
  readonly origin: string
  readonly verifier: Verifier
  readonly agent: Agent
  readonly agentId: string
  readonly ownerId: string
  readonly delegation: string
  readonly options: AgentOptions
}

/** An agent at work at a service provider that follows the newest status. */
export async function startWorld(issuer: TestService, terms: object = {}): Promise<World> {
  const { origin } = await startServer(async (request, self) => {
    const verdict = await verifier.verify(request, { action: 'mail.read' })
    if (!verdict.verified) return problemOf(verdict.refusal, self)
    return { body: { agent: verdict.agent, chain: verdict.chain.length } }
  })
  const trust = [issuer.initialized.trust as TrustEntry]
  const verifier = createVerifier({ audience: `${origin}/`, trust, freshness: { '*': 'critical' } })
  onTestFinished(() => verifier.close())
  await verifier.sync()
  const grant = { type: 'api', locations: [`${origin}/`], actions: ['mail.read', 'mail.send'] }
  const owner = await addOwner(issuer.admin, { entitlements: [grant] })
  const { caller, agent: row } = await addAgent(issuer.url, issuer.admin, owner.id)
  const { id, chain } = await addDelegation(issuer.admin, row.id, {
    authorizationDetails: [grant],
    maxDepth: 3,
    ...terms,
  })
  const options = { key: caller.signer, chain, issuer: issuer.url, storage: memoryStorage() }
  const agent = await createAgent(options)
  return { origin, verifier, agent, agentId: row.id, ownerId: owner.id, delegation: id, options }
}

/**
 * Requests of three workers without a pause until it is stopped; status is fetched all the time as well.
 *
 * @param presenter Who calls; default the agent.
 */
export function load({ agent, origin, verifier }: World, presenter: Agent = agent): () => Promise<number[]> {
  let running = true
  const work = async () => {
    const statuses: number[] = []
    while (running) {
      await verifier.sync()
      const response = await presenter.fetch(`${origin}/inbox`)
      await response.text()
      statuses.push(response.status)
    }
    return statuses
  }
  const workers = [work(), work(), work()]
  return async () => {
    running = false
    return (await Promise.all(workers)).flat()
  }
}

/** Waits until the service provider has seen a revocation. */
export async function refusedWith({ verifier, origin }: World, agent: Agent, code: string): Promise<void> {
  await vi.waitFor(
    async () => {
      await verifier.sync()
      const response = await agent.fetch(`${origin}/inbox`)
      expect(await response.json()).toMatchObject({ code })
    },
    { timeout: 10_000, interval: 100 },
  )
}

export async function isRevoked(issuer: TestService, delegation: string): Promise<void> {
  const path = `/v1/delegations/${delegation}`
  await vi.waitFor(async () => expect((await issuer.admin.get(path)).json.state).toBe('revoked'), {
    timeout: 10_000,
    interval: 100,
  })
}
