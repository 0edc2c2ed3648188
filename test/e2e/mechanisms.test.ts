import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { problemOf } from '../../src/adapters/problem.ts'
import { parseChain } from '../../src/delegation/parse-chain.ts'
import { type Agent, createAgent, memoryStorage } from '../../src/holder/index.ts'
import type { Mechanism } from '../../src/model/chain.ts'
import { createVerifier, type TrustEntry, type Verifier } from '../../src/verifier/index.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  type Caller,
  startTestService,
  type TestService,
} from '../helpers/issuer-service.ts'
import { startServer } from '../helpers/recording-server.ts'
import { acceptedValue } from '../helpers/signers.ts'

const FORMS: readonly Mechanism[] = ['vc+jwt', 'vc+sd-jwt', 'eddsa-jcs-2022']

let issuer: TestService
let origin: string
let verifier: Verifier

beforeAll(async () => {
  issuer = await startTestService({ publisher: { coalesceMs: 50 } })
})
afterAll(() => issuer.close())

beforeEach(async () => {
  ;({ origin } = await startServer(async (request, self) => {
    const verdict = await verifier.verify(request, { action: 'mail.read' })
    if (!verdict.verified) return problemOf(verdict.refusal, self)
    return { body: { agent: verdict.agent, kind: verdict.kind } }
  }))
  const trust = [issuer.initialized.trust as TrustEntry]
  verifier = createVerifier({ audience: `${origin}/`, trust, freshness: { '*': 'critical' } })
  await verifier.sync()
})

async function newAgent(): Promise<{ readonly caller: Caller; readonly id: string }> {
  const entitlements = [{ type: 'api', locations: [`${origin}/`], actions: ['mail.read'] }]
  const owner = await addOwner(issuer.admin, { entitlements })
  const { caller, agent } = await addAgent(issuer.url, issuer.admin, owner.id)
  return { caller, id: agent.id }
}

function reads() {
  return [{ type: 'api', locations: [`${origin}/`], actions: ['mail.read'] }]
}

function agentWith({ signer }: Caller, chain: readonly string[]): Promise<Agent> {
  return createAgent({ key: signer, chain, issuer: issuer.url, storage: memoryStorage() })
}

async function mechanismsOf(chain: readonly string[]): Promise<readonly Mechanism[]> {
  return acceptedValue(await parseChain(chain)).map(({ mechanism }) => mechanism)
}

/** What the service provider says to a request with this chain. */
async function saysTo(agent: Pick<Agent, 'fetch'>): Promise<unknown> {
  const response = await agent.fetch(`${origin}/inbox`)
  return ((await response.json()) as { readonly code?: unknown }).code ?? response.status
}

describe.each(FORMS)('an agent whose chain is secured as %s', (mechanism) => {
  it('acts, renews its chain in the same form, and has runs', async () => {
    const { caller, id } = await newAgent()
    const terms = { authorizationDetails: reads(), mechanism }
    const agent = await agentWith(caller, (await addDelegation(issuer.admin, id, terms)).chain)
    const before = agent.chain

    expect(await saysTo(agent)).toBe(200)
    await agent.refresh({ leaseSize: 9 })
    expect(agent.chain[1]).not.toBe(before[1])
    expect(await mechanismsOf(agent.chain)).toEqual([mechanism, mechanism])
    expect(await saysTo(agent)).toBe(200)
    await using run = await agent.run({ task: 'triage', grant: reads(), lifetime: '5m' })
    expect(await saysTo(run)).toBe(200)
  })

  it('keeps the form that it holds, whatever was chosen for the delegation', async () => {
    const { caller, id } = await newAgent()
    const terms = { authorizationDetails: reads(), mechanism: 'eddsa-rdfc-2022' }
    const delegation = await addDelegation(issuer.admin, id, terms)
    const query = `?mechanism=${encodeURIComponent(mechanism)}`
    const { json } = await caller.get(`/v1/delegations/${delegation.id}/credential${query}`)
    const agent = await agentWith(caller, json.chain)

    await agent.refresh({ leaseSize: 9 })

    expect(await mechanismsOf(agent.chain)).toEqual([mechanism, mechanism])
  })
})

describe('one credential in three forms', () => {
  it('is revoked in all of them by one bit [SS-09]', async () => {
    const { caller, id } = await newAgent()
    const delegation = await addDelegation(issuer.admin, id, { authorizationDetails: reads() })
    const agents = await Promise.all(
      FORMS.map(async (mechanism) => {
        const query = `?mechanism=${encodeURIComponent(mechanism)}`
        const { json } = await caller.get(`/v1/delegations/${delegation.id}/credential${query}`)
        return createAgent({ key: caller.signer, chain: json.chain })
      }),
    )
    const allSay = () => Promise.all(agents.map(saysTo))
    expect(await allSay()).toEqual([200, 200, 200])

    await issuer.admin.post(`/v1/delegations/${delegation.id}/revoke`, { reason: 'a test' })

    await vi.waitFor(
      async () => {
        await verifier.sync()
        expect(await allSay()).toEqual(['revoked', 'revoked', 'revoked'])
      },
      { timeout: 10_000, interval: 100 },
    )
  })
})
