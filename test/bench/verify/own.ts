import {
  createVerifier,
  type PresentedRequest,
  type Verifier,
  type VerifierOptions,
} from '../../../dist/verifier/index.js'
import { systemRandom } from '../../../src/core/clock.ts'
import type { Mechanism } from '../../../src/model/chain.ts'
import {
  fitsAgentDelegation,
  formatAgentDelegation,
  formatReference,
} from '../../../src/securing/http-signature/agent-delegation.ts'
import { digestChain } from '../../../src/securing/http-signature/chain-upload.ts'
import { AGENT_DELEGATION_PROFILE } from '../../../src/securing/http-signature/profile.ts'
import { signRequest } from '../../../src/securing/http-signature/sign.ts'
import { signVpJwt } from '../../../src/securing/vc-jose/sign-vp-jwt.ts'
import { itemsFor } from '../cost.ts'
import type { Subject } from '../subject.ts'
import { ASK, AUDIENCE, type BenchWorld, type Chain, NOW } from './world.ts'

const METHOD = 'POST'
const TARGET = '/payments'

/** Our verifier, in sync with the world's status and asked for nothing before. */
export async function followingVerifier(
  world: BenchWorld,
  options: Partial<VerifierOptions> = {},
): Promise<Verifier> {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
    chains: { get: (digest) => world.sentChains.get(digest), put: () => false },
    ...options,
  })
  await verifier.sync()
  return verifier
}

/** A request without a body, signed for itself. It refers to a chain that is too long for a field. */
async function presentChain(world: BenchWorld, { texts, presenter }: Chain): Promise<PresentedRequest> {
  const headers = { 'agent-delegation': fieldFor(world, texts) }
  const signed = await signRequest({
    profile: AGENT_DELEGATION_PROFILE,
    method: METHOD,
    targetUri: new URL(TARGET, AUDIENCE).href,
    headers,
    signer: presenter.signer,
    now: NOW,
    random: systemRandom,
  })
  const fields = new Map(Object.entries({ ...headers, ...signed }))
  return { method: METHOD, target: TARGET, header: (name) => fields.get(name) }
}

function fieldFor(world: BenchWorld, texts: readonly string[]): string {
  if (fitsAgentDelegation(texts)) return formatAgentDelegation(texts)
  const digest = digestChain(texts)
  world.sentChains.set(digest, texts)
  return formatReference(digest)
}

/** A token that its bearer may show until it ends. */
export function presentToken({ texts, presenter: { signer } }: Chain): Promise<string> {
  const lifetimeSeconds = 300
  return signVpJwt({ texts, audience: AUDIENCE, signer, now: NOW, lifetimeSeconds, random: systemRandom })
}

/** Chains that are all good, and the two that are not. */
export interface Chains {
  readonly good: readonly Chain[]
  readonly trial: Chain
  readonly revoked: Chain
  readonly forged: Chain
}

/** Makes the chains of one subject. */
export async function makeChains(
  world: BenchWorld,
  length: number,
  perRound: number,
  mechanism: Mechanism = 'vc+jwt',
): Promise<Chains> {
  const good: Chain[] = []
  while (good.length < itemsFor(perRound)) good.push(await world.chain(length, mechanism))
  return {
    good,
    trial: await world.chain(length, mechanism),
    revoked: await world.chain(length, mechanism, 'revoked'),
    forged: await world.chain(length, mechanism, 'forged'),
  }
}

/** Chains of which no link was seen before, with requests. */
export async function coldSubject(
  name: string,
  world: BenchWorld,
  chains: Chains,
  verifier: Verifier,
): Promise<Subject<PresentedRequest>> {
  return {
    name,
    items: await Promise.all(chains.good.map((chain) => presentChain(world, chain))),
    act: (request) => decide(verifier, request),
    trials: [
      { what: 'good', item: await presentChain(world, chains.trial) },
      { what: 'revoked', item: await presentChain(world, chains.revoked) },
      { what: 'forged', item: await presentChain(world, chains.forged) },
    ],
  }
}

/** The same with tokens. */
export async function tokenSubject(
  name: string,
  chains: Chains,
  verifier: Verifier,
): Promise<Subject<string>> {
  return {
    name,
    items: await Promise.all(chains.good.map(presentToken)),
    act: async (token) => outcomeOf(await verifier.verifyToken(token, ASK)),
    trials: [
      { what: 'good', item: await presentToken(chains.trial) },
      { what: 'revoked', item: await presentToken(chains.revoked) },
      { what: 'forged', item: await presentToken(chains.forged) },
    ],
  }
}

/** Agents that come back, in turns: their links were seen before, every proof is new. */
const RETURNING = 20

export async function warmSubject(
  name: string,
  world: BenchWorld,
  length: number,
  perRound: number,
): Promise<Subject<PresentedRequest>> {
  const { subject, agents } = await returningAgents(name, world, length, await followingVerifier(world))
  return {
    ...subject,
    items: await Promise.all(
      returning(agents, itemsFor(perRound)).map((chain) => presentChain(world, chain)),
    ),
  }
}

/** Agents that were accepted, came to be revoked and still come back. */
export async function revokedSubject(
  name: string,
  world: BenchWorld,
  perRound: number,
): Promise<Subject<PresentedRequest>> {
  const verifier = await followingVerifier(world)
  const { subject, agents } = await returningAgents(name, world, 3, verifier)
  await world.revoke(agents)
  await verifier.sync()
  const items = await Promise.all(
    returning(agents, itemsFor(perRound)).map((chain) => presentChain(world, chain)),
  )
  return { ...subject, items, expected: 'revoked' }
}

async function returningAgents(name: string, world: BenchWorld, length: number, verifier: Verifier) {
  const agents: Chain[] = []
  while (agents.length < RETURNING) agents.push(await world.chain(length))
  const subject = await coldSubject(name, world, await makeChains(world, length, 0), verifier)
  for (const agent of agents) await subject.act(await presentChain(world, agent))
  return { subject, agents }
}

function returning(agents: readonly Chain[], count: number): Chain[] {
  return Array.from({ length: count }, (_, i) => agents[i % agents.length] ?? []).flat()
}

async function decide(verifier: Verifier, request: PresentedRequest): Promise<string> {
  return outcomeOf(await verifier.verify(request, ASK))
}

type Outcome = Awaited<ReturnType<Verifier['verify']>>

function outcomeOf(verdict: Outcome): string {
  return verdict.verified ? 'verified' : verdict.refusal.code
}
