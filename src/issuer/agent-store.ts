import type { JsonObject } from '../core/json.ts'
import type { IssuedCredential, StatusPosition } from './issued-credential.ts'
import type { Page, Paged, WriteContext, Written } from './ports.ts'
import type { Agent, AuditEntry, Id, NewAgent, Run } from './records.ts'

/** What is told anew of an agent; what is absent stays as it is. */
export type AgentChanges = Partial<Pick<Agent, 'name' | 'purpose' | 'software'>>

/** What is ended together. */
export interface CascadeScope {
  readonly ownerId: Id
  /** Absent: all of the owner. */
  readonly agentId?: Id
}

/** An agent that acts for another owner now, and what ended with that: how many of each. */
export interface AgentTransfer {
  readonly agent: Agent
  readonly from: Id
  readonly cascadeId: Id
  readonly delegations: number
  readonly runs: number
}

/** What ending something would end with it, by now: how many of each. */
export interface CascadePreview {
  readonly agents: number
  readonly delegations: number
  readonly runs: number
  /** Indexes leased to those delegations; whoever holds one, registered or not, fails with them. */
  readonly leasedIndexes: number
  /** Oldest first, 50 at most. */
  readonly firstAgents: readonly Pick<Agent, 'id' | 'name'>[]
}

/** A delegation that has not ended, and what was registered below it and lives. */
export interface DelegationWithRuns {
  readonly delegation: IssuedCredential
  /** Oldest first. */
  readonly runs: readonly Run[]
  /** How many more there are than a page has room for. */
  readonly omittedRuns: number
}

/** An index that is leased to a delegation, and what became of it. It is never given to another one. */
export interface LeasedIndex {
  readonly position: StatusPosition
  /** As its bits say; below a delegation that has ended it is of no use, whatever they say. */
  readonly state: 'active' | 'suspended' | 'revoked'
  /** The run or sub-agent that was registered under it. */
  readonly run?: Run
  /** Who revoked it by its index, and when, while the audit trail has the entry. */
  readonly revocation?: AuditEntry
}

/** What is leased to one delegation. */
export interface Lease {
  readonly delegation: IssuedCredential
  readonly indexes: readonly LeasedIndex[]
}

/** Indexes that are leased to live delegations. */
export interface LeasedCount {
  /** Of one agent. */
  readonly agent: number
  /** Of all agents of its owner. */
  readonly owner: number
}

/** A page of what was leased to an agent, and how many indexes are leased now, which quotas bound. */
export interface AgentLeases extends Paged<Lease> {
  readonly leased: LeasedCount
}

/** Agents in the issuer's memory; what `Store` promises of each method holds here too. */
export interface AgentStore {
  agent(tenant: string, id: Id): Promise<Agent | undefined>
  agents(tenant: string, filter: { ownerId?: Id }, page: Page): Promise<Paged<Agent>>
  /** What `offboardOwner`, or `revokeAgent`, would end; read in one state, changes nothing. */
  previewCascade(tenant: string, scope: CascadeScope): Promise<CascadePreview>
  /** What depends on an agent; `at` (ms) decides whose time is over. A page has 1,000 runs at most. */
  dependants(
    tenant: string,
    asked: { readonly agentId: Id; readonly at: number },
    page: Page,
  ): Promise<Paged<DelegationWithRuns>>

  /**
   * What became of the indexes leased to an agent, by delegation, also to those that are over. A page has 20 at most.
   * `ownerId`: only of what it made for this owner; `at` (ms) decides what is live.
   */
  leases(
    tenant: string,
    asked: { readonly agentId: Id; readonly ownerId?: Id; readonly at: number },
    page: Page,
  ): Promise<AgentLeases>

  createAgent(input: NewAgent, context: WriteContext): Promise<Written<Agent>>
  /** Changes metadata; who the agent is, whose and with which key stay. What is so already is a replay. */
  updateAgent(id: Id, changes: AgentChanges, context: WriteContext): Promise<Written<Agent>>
  /**
   * Gives an agent to another owner, who can be granted under: all delegations, runs and leases that it has of its owner end, its
   * id, key and holds stay. `same_owner` when it is theirs already.
   */
  transferAgent(
    id: Id,
    transfer: { readonly to: Id; readonly reason: string },
    context: WriteContext,
  ): Promise<Written<AgentTransfer>>
  /** The evidence of an agent's retirement, the newest if it took several attempts. */
  retirement(tenant: string, id: Id): Promise<AuditEntry | undefined>
  /** Records what was found after an agent was revoked, in the audit trail; `changed_meanwhile` while it is not. */
  recordRetirement(id: Id, details: JsonObject, context: WriteContext): Promise<Written<AuditEntry>>
  /** With what the owner signed the evidence off. @param after Number of that entry. */
  retirementSignOff(tenant: string, id: Id, after: number): Promise<AuditEntry | undefined>
  /** Signs the evidence off, once; `not_found` without evidence, `retirement_unverified` when a check failed. */
  signOffRetirement(id: Id, note: string | undefined, context: WriteContext): Promise<Written<AuditEntry>>
  /** All of an agent: its delegations and registered runs; the agent never gets another one. */
  revokeAgent(id: Id, reason: string, context: WriteContext): Promise<Written<Agent>>
}
