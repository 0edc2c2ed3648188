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
import type { AuditEntry } from '../../issuer/records.ts'
import type { Did, DidUrl } from '../../model/did.ts'
import { createWitness, type Presented, type Witness } from './present-dead.ts'

/** Delegations whose chains are presented; of more than these, the evidence says how many there are. */
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
  readonly unpresented: number
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
  const details = { ...request, ...checks, ...published, verified: hasPassed(checks) }
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
    const { chains, others } = await deadChains(issuer, parties)
    const presented: JsonObject[] = []
    await witness.sync()
    for (const chain of chains)
      presented.push({ ...chain.about, ...(await untilRevoked(witness, chain, deadline)) })
    const { delegations: liveDelegations, runs: activeRuns } = left
    return { presented, unpresented: others, liveDelegations, activeRuns }
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

/**
 * The chains that would still be in time, had they not been revoked: what has lapsed proves nothing about a revocation. What an
 * earlier key of the owner signed is no chain any more, and is counted with the others.
 */
async function deadChains(
  { store, clock }: Issuer,
  { tenant, owner, agent }: DelegationParties,
): Promise<{ readonly chains: readonly DeadChain[]; readonly others: number }> {
  const above = await store.ownerCredential(tenant.id, owner.id)
  const root = above === undefined ? undefined : anyForm(above)
  if (above === undefined || root === undefined || above.validUntil <= clock())
    return { chains: [], others: 0 }
  const timely: IssuedCredential[] = []
  let after: string | undefined
  do {
    const page = { limit: 200, ...(after !== undefined && { after }) }
    const { items, next } = await store.delegations(tenant.id, { agentId: agent.id, ownerId: owner.id }, page)
    timely.push(...items.filter(({ validUntil }) => validUntil > clock()))
    after = next
  } while (after !== undefined)
  const chains: DeadChain[] = []
  for (const delegation of timely.slice(0, MAX_PRESENTED)) {
    const chain = await deadChain(owner.did, root, delegation)
    if (chain !== undefined) chains.push(chain)
  }
  return { chains, others: timely.length - chains.length }
}

async function deadChain(
  ownerDid: Did,
  root: string,
  delegation: IssuedCredential,
): Promise<DeadChain | undefined> {
  const text = anyForm(delegation) ?? ''
  const link = await parseLink(text)
  if (!link.verified || link.value.credential.issuer !== ownerDid) return undefined
  const { credential, digest } = link.value
  const keyId = keyOfDid(credential.subject.id)?.id
  return keyId && { texts: [root, text], keyId, about: { id: delegation.id, digest } }
}
