import { systemRandom } from '../../src/core/clock.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { AgentOptions } from '../../src/holder/create-agent.ts'
import type { GrantDetail } from '../../src/holder/delegate-options.ts'
import { type HeldChain, parseHeldChain } from '../../src/holder/held-chain.ts'
import type { Mechanism } from '../../src/model/chain.ts'
import type { Did } from '../../src/model/did.ts'
import type { Signer } from '../../src/model/signer.ts'
import { signCredential } from '../../src/securing/sign-credential.ts'
import { createLocalSigner, generateKey, type PrivateJwk } from '../../src/securing/vc-jose/local-signer.ts'
import { AUTHORITY, agentJson, leaseJson, ownerJson, START, statusJson } from '../helpers/credentials.ts'
import { acceptedValue } from '../helpers/signers.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** When the tests' agents get their delegation; it lives for a day. */
export const NOW: number = START

export const MAIL: GrantDetail = {
  type: 'api',
  locations: ['https://mail.example/'],
  actions: ['mail.read', 'mail.send'],
}
export const READ_MAIL: GrantDetail = { ...MAIL, actions: ['mail.read'] }

const authority = await createLocalSigner(await generateKey('Ed25519'), `${AUTHORITY}#key-1`)
const owner = await createLocalSigner(await generateKey('Ed25519'))

/** Keys that agents, sub-agents and runs of the tests use. */
export const AGENT_KEY: PrivateJwk = await generateKey('Ed25519')
export const agentSigner: Signer = await createLocalSigner(AGENT_KEY)
export const HELPER_KEY: PrivateJwk = await generateKey('P-256')
export const helperSigner: Signer = await createLocalSigner(HELPER_KEY)

export function didOf({ keyId }: Signer): Did {
  return keyId.slice(0, keyId.indexOf('#')) as Did
}

export interface ChainFacts {
  /** Milliseconds since 1970. Default {@link NOW}. */
  readonly issuedAt?: number
  /** Default a day. */
  readonly lifetimeMs?: number
  /** Of link 0. Default 30 days. */
  readonly ownerLifetimeMs?: number
  /** Overrides members of link 1's subject; `undefined` removes one. */
  readonly subject?: Readonly<Record<string, unknown>>
  readonly id?: string
  /** Default the agent's. */
  readonly to?: Did
  /** Of link 1. Default `vc+jwt`. */
  readonly mechanism?: Mechanism
}

const DELEGATION_ID = 'urn:uuid:00000000-0000-4000-8000-000000000001'

/** A signed chain of two links, as the issuer returns it. */
export async function issueChain(facts: ChainFacts = {}): Promise<string[]> {
  const { issuedAt = NOW, lifetimeMs = DAY, ownerLifetimeMs = 30 * DAY } = facts
  const ownerDid = didOf(owner)
  const link0 = ownerJson({ id: ownerDid }, window(issuedAt, ownerLifetimeMs))
  const agent = {
    id: facts.to ?? didOf(agentSigner),
    statusLease: [leaseJson(201, 202, 203, 204)],
    ...facts.subject,
  }
  const top = { id: facts.id ?? DELEGATION_ID, issuer: ownerDid, ...window(issuedAt, lifetimeMs) }
  const link1 = agentJson(agent, { ...top, credentialStatus: statusJson(200) })
  return Promise.all([sign(link0, authority), sign(link1, owner, facts.mechanism)])
}

function window(from: number, lifetimeMs: number): Record<string, string> {
  return { validFrom: new Date(from).toISOString(), validUntil: new Date(from + lifetimeMs).toISOString() }
}

function sign(credential: JsonObject, signer: Signer, mechanism: Mechanism = 'vc+jwt'): Promise<string> {
  return signCredential({ credential, mechanism, signer, random: systemRandom })
}

export async function held(tokens: readonly string[]): Promise<HeldChain> {
  return acceptedValue(await parseHeldChain(tokens))
}

/** A clock that a test sets. */
export function fakeClock(start: number = NOW): { clock: () => number; set: (ms: number) => void } {
  let now = start
  return {
    clock: () => now,
    set: (ms) => {
      now = ms
    },
  }
}

/** Options of an agent that waits for nothing and whose time stands still. */
export async function agentOptions(facts: ChainFacts = {}): Promise<AgentOptions & { chain: string[] }> {
  const chain = await issueChain(facts)
  return { key: AGENT_KEY, chain, clock: () => NOW, sleep: async () => {} }
}

export function freshDid(): Promise<Did> {
  return generateKey('Ed25519').then(createLocalSigner).then(didOf)
}
