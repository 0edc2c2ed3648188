import type { Page, Paged, WriteContext, Written } from './ports.ts'
import type { Agent, Id, NewAgent } from './records.ts'

/** What is told anew of an agent; what is absent stays as it is. */
export type AgentChanges = Partial<Pick<Agent, 'name' | 'purpose' | 'software'>>

/** What is ended together. */
export interface CascadeScope {
  readonly ownerId: Id
  /** Absent: all of the owner. */
  readonly agentId?: Id
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

/** Agents in the issuer's memory; what `Store` promises of each method holds here too. */
export interface AgentStore {
  agent(tenant: string, id: Id): Promise<Agent | undefined>
  agents(tenant: string, filter: { ownerId?: Id }, page: Page): Promise<Paged<Agent>>
  /** What `offboardOwner`, or `revokeAgent`, would end; read in one state, changes nothing. */
  previewCascade(tenant: string, scope: CascadeScope): Promise<CascadePreview>

  createAgent(input: NewAgent, context: WriteContext): Promise<Written<Agent>>
  /** Changes metadata; who the agent is, whose and with which key stay. What is so already is a replay. */
  updateAgent(id: Id, changes: AgentChanges, context: WriteContext): Promise<Written<Agent>>
  /** All of an agent: its delegations and registered runs; the agent never gets another one. */
  revokeAgent(id: Id, reason: string, context: WriteContext): Promise<Written<Agent>>
}
