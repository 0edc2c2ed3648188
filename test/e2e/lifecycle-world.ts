import { expect, onTestFinished, vi } from 'vitest'
import { problemOf } from '../../src/adapters/problem.ts'
import { type Agent, createAgent, memoryStorage } from '../../src/holder/index.ts'
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
  type Caller,
  type TestService,
} from '../helpers/issuer-service.ts'
import { type Answer, startServer } from '../helpers/recording-server.ts'

/** A service provider that lets agents read mail, and tells them who they are. */
export interface MailService {
  readonly origin: string
  readonly verifier: Verifier
}

/** @param trusted What its trust in the issuer adds to the issuer's own trust entry. */
export async function startMailService(
  issuer: TestService,
  trusted: Partial<TrustEntry> = {},
): Promise<MailService> {
  const { origin } = await startServer(async (request) =>
    answerTo(await verifier.verify(request, { action: 'mail.read' }), origin),
  )
  const trust = [{ ...(issuer.initialized.trust as TrustEntry), ...trusted }]
  const verifier = createVerifier({ audience: `${origin}/`, trust, freshness: { '*': 'critical' } })
  onTestFinished(() => verifier.close())
  await verifier.sync()
  return { origin, verifier }
}

function answerTo(verdict: PresentationVerdict, origin: string): Answer {
  if (!verdict.verified) return problemOf(verdict.refusal, origin)
  const { agent, owner, kind } = verdict
  return { body: { agent, owner, kind } }
}

export interface Working {
  readonly owner: { readonly id: string }
  readonly agentId: string
  /** Calls the issuer's API with the agent's key. */
  readonly caller: Caller
  readonly delegation: { readonly id: string; readonly chain: readonly string[] }
  readonly agent: Agent
}

/** An agent with a delegation of the real issuer for one service provider. */
export async function startAgent(issuer: TestService, mail: MailService, row: object = {}): Promise<Working> {
  const owner = await addOwner(issuer.admin, { entitlements: [readsAt(mail)] })
  const { caller, agent } = await addAgent(issuer.url, issuer.admin, owner.id, row)
  return { owner, agentId: agent.id, caller, ...(await delegateTo(issuer, mail, agent.id, caller)) }
}

/** A further delegation, and the agent that works with it. */
export async function delegateTo(
  issuer: TestService,
  mail: MailService,
  agentId: string,
  caller: Caller,
): Promise<Pick<Working, 'delegation' | 'agent'>> {
  const terms = { authorizationDetails: [readsAt(mail)], maxDepth: 2 }
  const delegation = await addDelegation(issuer.admin, agentId, terms)
  const { chain } = delegation
  const storage = memoryStorage()
  return { delegation, agent: await createAgent({ key: caller.signer, chain, issuer: issuer.url, storage }) }
}

export function readsAt({ origin }: MailService) {
  return { type: 'api', locations: [`${origin}/`], actions: ['mail.read'] }
}

/** What the service provider answers to the agent; `code` of a refusal, else whom it saw. */
export async function read(mail: MailService, agent: Pick<Agent, 'fetch'>): Promise<unknown> {
  const response = await agent.fetch(`${mail.origin}/inbox`)
  const body = await response.json()
  return response.status === 200 ? body : body.code
}

/** Waits until the service provider, which looks at the newest status, refuses with this code. */
export async function refusedWith(
  mail: MailService,
  agent: Pick<Agent, 'fetch'>,
  code: string,
): Promise<void> {
  await vi.waitFor(
    async () => {
      await mail.verifier.sync()
      expect(await read(mail, agent)).toBe(code)
    },
    { timeout: 10_000, interval: 100 },
  )
}
