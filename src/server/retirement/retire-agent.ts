import type { Fetch } from '../../core/clock.ts'
import type { JsonObject } from '../../core/json.ts'
import { parseLink } from '../../delegation/parse-link.ts'
import { keyOfDid } from '../../holder/held-chain.ts'
import { suspend } from '../../issuer/holds.ts'
import { anyForm, type IssuedCredential } from '../../issuer/issued-credential.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import { done, type Outcome } from '../../issuer/outcome.ts'
import type { DelegationParties } from '../../issuer/plan-delegation.ts'
import type { WriteContext } from '../../issuer/ports.ts'
import type { AuditEntry, Owner } from '../../issuer/records.ts'
import type { Did, DidUrl } from '../../model/did.ts'
import { createWitness, type Presented, type Witness } from './present-dead.ts'

/** Delegations whose chains are presented; of all others the evidence says how many there are, and why. */
const MAX_PRESENTED = 100

/** How long the revocation may take to be published and seen, in milliseconds; it takes tenths of a second. */
const SEEN_WITHIN_MS = 10_000
const LOOK_EVERY_MS = 200

/** Why an agent is retired (requirement D1). */
export const RETIREMENT_TRIGGERS = [
  'project_end',
  'replaced',
  'owner_change',
  'policy_violation',
  'inactivity',
  'risk',
] as const

export interface RetirementRequest {
  readonly reason: string
  readonly trigger: (typeof RETIREMENT_TRIGGERS)[number]
  /** Of the change, as the organisation numbers it. */
  readonly ticket?: string
}

export interface RetirementIo {
  /** Reads what the service publishes. */
  readonly fetch: Fetch
  readonly context: WriteContext
  /** How long the revocation may take to be published and seen, in milliseconds. Default 10 s. */
  readonly seenWithinMs?: number
}

/** What was looked at after everything had been revoked. */
interface Checks {
  readonly presented: readonly JsonObject[]
  readonly unpresented: Unpresented
  readonly liveDelegations: number
  readonly activeRuns: number
}

/**
 * Deprovisions an agent and proves it (docs/spec/08-lifecycle.md "Retirement"): hold → revoke everything → publish → present the
 * dead chains to a verifier that follows the published lists → record what it said. Repeating it after a failure takes the steps
 * that are left; whatever fails, what is revoked stays revoked.
 *
 * @returns The audit entry that is the evidence; its `details.verified` says whether all checks passed.
 */
export async function retireAgent(
  issuer: Issuer,
  parties: DelegationParties,
  request: RetirementRequest,
  { fetch, context, seenWithinMs = SEEN_WITHIN_MS }: RetirementIo,
): Promise<Outcome<AuditEntry>> {
  const { tenant, agent } = parties
  const { store } = issuer
  const before = agent.state === 'active' ? undefined : await store.retirement(tenant.id, agent.id)
  if (before?.details.verified === true) return done(before, true)
  if (agent.state === 'active') {
    const held = await suspend(issuer, { kind: 'agent', id: agent.id }, request.reason, context)
    if (!held.done) return held
    const revoked = await store.revokeAgent(agent.id, request.reason, context)
    if (!revoked.done) return revoked
  }
  const checks = await check(issuer, parties, fetch, performance.now() + seenWithinMs)
  const head = await store.publishedHead(tenant.id)
  const published = head === undefined ? {} : { head: { seq: head.seq, root: head.root } }
  const details = {
    ...request,
    ...checks,
    unpresented: { ...checks.unpresented },
    ...published,
    verified: hasPassed(checks),
  }
  return await store.recordRetirement(agent.id, details, context)
}

function hasPassed({ presented, liveDelegations, activeRuns }: Checks): boolean {
  return liveDelegations === 0 && activeRuns === 0 && presented.every(({ code }) => code === 'revoked')
}

async function check(
  issuer: Issuer,
  parties: DelegationParties,
  fetch: Fetch,
  deadline: number,
): Promise<Checks> {
  const { tenant, owner, agent } = parties
  const scope = { ownerId: owner.id, agentId: agent.id }
  const left = await issuer.store.previewCascade(tenant.id, scope)
  const witness = await createWitness(issuer, { tenant, owner, fetch })
  try {
    const { chains, unpresented } = await deadChains(issuer, parties)
    const presented: JsonObject[] = []
    await witness.sync()
    for (const chain of chains)
      presented.push({ ...chain.about, ...(await untilRevoked(witness, chain, deadline)) })
    const { delegations: liveDelegations, runs: activeRuns } = left
    return { presented, unpresented, liveDelegations, activeRuns }
  } finally {
    witness.close()
  }
}

/** Asks again until the revocation is published and followed. */
async function untilRevoked(
  witness: Witness,
  { texts, keyId }: DeadChain,
  deadline: number,
): Promise<Presented> {
  for (;;) {
    const presented = await witness.present(texts, keyId)
    if (presented.code === 'revoked' || performance.now() >= deadline) return presented
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    await witness.sync()
  }
}

interface DeadChain {
  readonly texts: readonly string[]
  /** The key that it ends at, which is another one where the agent's was rotated. */
  readonly keyId: DidUrl
  readonly about: { readonly id: string; readonly digest: string }
}

/** Why a delegation of the agent was not presented, and how often. Together with what was, these are all that it has of its owner. */
export interface Unpresented {
  /** Its time is over: that it is refused proves nothing about a revocation. */
  readonly lapsed: number
  /** No credential of its owner is good any more: its time is over, or the owner is gone. */
  readonly ownerLapsed: number
  /** An earlier key of the owner signed it, whose grace is over: there is no chain any more. */
  readonly earlierOwnerKey: number
  /** It was never released. */
  readonly unreleased: number
  /** Beyond the {@link MAX_PRESENTED} that are. */
  readonly more: number
}

/** The chains that would still be in time, had they not been revoked. */
async function deadChains(
  issuer: Issuer,
  parties: DelegationParties,
): Promise<{ readonly chains: readonly DeadChain[]; readonly unpresented: Unpresented }> {
  const now = issuer.clock()
  const roots = await rootsOf(issuer, parties)
  const chains: DeadChain[] = []
  const unpresented = { lapsed: 0, ownerLapsed: 0, earlierOwnerKey: 0, unreleased: 0, more: 0 }
  for await (const delegation of delegationsOf(issuer, parties)) {
    const chain =
      chains.length < MAX_PRESENTED ? await deadChain(parties.owner, roots, delegation, now) : 'more'
    if (typeof chain === 'string') unpresented[chain]++
    else chains.push(chain)
  }
  return { chains, unpresented }
}

interface Root {
  readonly text: string
  readonly validUntil: number
}

/** The owner's credentials that can be presented, by the owner's key: the present one, and earlier ones in their grace. */
async function rootsOf(
  { store }: Issuer,
  { tenant, owner }: DelegationParties,
): Promise<ReadonlyMap<Did, Root>> {
  const roots = new Map<Did, Root>()
  for (const credential of await store.ownerCredentials(tenant.id, owner.id)) {
    const text = anyForm(credential) ?? ''
    const link = await parseLink(text)
    if (link.verified)
      roots.set(link.value.credential.subject.id, { text, validUntil: credential.validUntil })
  }
  return roots
}

async function* delegationsOf(
  { store }: Issuer,
  { tenant, owner, agent }: DelegationParties,
): AsyncGenerator<IssuedCredential> {
  let after: string | undefined
  do {
    const page = { limit: 200, ...(after !== undefined && { after }) }
    const { items, next } = await store.delegations(tenant.id, { agentId: agent.id, ownerId: owner.id }, page)
    yield* items
    after = next
  } while (after !== undefined)
}

async function deadChain(
  owner: Owner,
  roots: ReadonlyMap<Did, Root>,
  delegation: IssuedCredential,
  now: number,
): Promise<DeadChain | keyof Unpresented> {
  if (delegation.validUntil <= now) return 'lapsed'
  const text = anyForm(delegation) ?? ''
  const link = await parseLink(text)
  if (!link.verified) return 'unreleased'
  const { credential, digest } = link.value
  const root = roots.get(credential.issuer)
  if (root === undefined && credential.issuer !== owner.did) return 'earlierOwnerKey'
  const keyId = keyOfDid(credential.subject.id)?.id
  if (root === undefined || root.validUntil <= now || keyId === undefined) return 'ownerLapsed'
  return { texts: [root.text, text], keyId, about: { id: delegation.id, digest } }
}
