import type { Clock, Fetch, Random } from '../core/clock.ts'
import type { AgentKeys } from './agent-keys.ts'
import type { ChainKeeper } from './chain-keeper.ts'
import type { ChainStaples } from './chain-staples.ts'
import type { IndexLedger } from './index-ledger.ts'
import type { IssuerClient } from './issuer-client.ts'
import type { Sleep } from './retry.ts'

/** The outside world, as an agent and its runs see it. */
export interface AgentPorts {
  readonly fetch: Fetch
  readonly clock: Clock
  readonly random: Random
  readonly sleep: Sleep
  readonly staples: ChainStaples
}

/** All that an agent is made of: a key, a chain that ends at the key, and what it has given away. */
export interface AgentContext {
  readonly keys: AgentKeys
  readonly keeper: ChainKeeper
  readonly ledger: IndexLedger
  /** Registers runs, as the agent that the issuer knows: a run uses that of the agent above it. */
  readonly issuer?: IssuerClient
  readonly ports: AgentPorts
  /** Told when a refresh that nobody asked for has failed, also of a run's chain. */
  readonly onRefreshFailed?: (error: unknown) => void
}
