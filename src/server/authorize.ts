import type { IssuedCredential } from '../issuer/issued-credential.ts'
import type { DelegationParties } from '../issuer/plan-delegation.ts'
import type { Agent, Id, Owner, Principal, Run, Tenant } from '../issuer/records.ts'
import { ApiError } from './api-error.ts'
import type { SignedCall } from './http/call.ts'

/**
 * Decides whether something is the caller's to see or to act upon (docs/spec/09-api.md). Which verbs a role has at
 * all stands in the route table; this is about whose things.
 *
 * @param agentId The agent concerned; absent for what belongs to the owner alone.
 * @throws {ApiError} `forbidden`
 */
export function assertWithin(principal: Principal, ownerId: Id, agentId?: Id): void {
  if (!isWithin(principal, ownerId, agentId)) throw new ApiError('forbidden')
}

function isWithin(principal: Principal, ownerId: Id, agentId?: Id): boolean {
  switch (principal.role) {
    case 'admin':
    case 'auditor':
      return true
    case 'revoker':
      return principal.revokerOf?.includes(ownerId) ?? true
    case 'owner':
      return principal.ownerId === ownerId
    case 'agent':
      return agentId !== undefined && principal.agentId === agentId
    case 'service':
    case 'holder':
    case 'transmitter':
      return false
  }
}

/**
 * Narrows the filters of a list to what the caller may see.
 *
 * @throws {ApiError} `forbidden` when another's things are asked for, or when a revoker of single owners asks for all.
 */
export function scopeOf(
  principal: Principal,
  asked: { readonly ownerId?: Id; readonly agentId?: Id },
): { readonly ownerId?: Id; readonly agentId?: Id } {
  const { role, ownerId, agentId, revokerOf } = principal
  const own = {
    ...(role === 'owner' && ownerId !== undefined && { ownerId }),
    ...(role === 'agent' && agentId !== undefined && { agentId }),
  }
  const foreignOwner =
    own.ownerId !== undefined && asked.ownerId !== undefined && asked.ownerId !== own.ownerId
  const foreignAgent =
    own.agentId !== undefined && asked.agentId !== undefined && asked.agentId !== own.agentId
  const beyond = revokerOf !== undefined && !revokerOf.includes(asked.ownerId ?? '')
  if (foreignOwner || foreignAgent || beyond) throw new ApiError('forbidden')
  return { ...asked, ...own }
}

/** The tenant of the caller. */
export async function tenantOf({ service, principal }: SignedCall): Promise<Tenant> {
  return found(await service.issuer.store.tenant(principal.tenant))
}

/** An owner of the caller's tenant, if it is the caller's to act upon. */
export async function ownerOf({ service, principal }: SignedCall, id: Id): Promise<Owner> {
  const owner = found(await service.issuer.store.owner(principal.tenant, id))
  assertWithin(principal, owner.id)
  return owner
}

export async function agentOf({ service, principal }: SignedCall, id: Id): Promise<Agent> {
  const agent = found(await service.issuer.store.agent(principal.tenant, id))
  assertWithin(principal, agent.ownerId, agent.id)
  return agent
}

/** Whose delegations an agent's are. */
export async function partiesOf(call: SignedCall, agent: Agent): Promise<DelegationParties> {
  const { store } = call.service.issuer
  const [tenant, owner] = await Promise.all([tenantOf(call), store.owner(agent.tenant, agent.ownerId)])
  return { tenant, owner: found(owner), agent }
}

/** An agent's delegation; an owner's own credential is none. */
export async function delegationOf(
  { service, principal }: SignedCall,
  id: string,
): Promise<IssuedCredential> {
  const credential = found(await service.issuer.store.credential(principal.tenant, id))
  if (credential.kind !== 'agent') throw new ApiError('not_found')
  assertWithin(principal, credential.ownerId, credential.agentId)
  return credential
}

export async function runOf(call: SignedCall, id: string): Promise<Run> {
  const run = found(await call.service.issuer.store.run(call.principal.tenant, id))
  await delegationOf(call, run.delegationId)
  return run
}

/** What was looked up; another tenant's things are never found. */
export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new ApiError('not_found')
  return value
}
