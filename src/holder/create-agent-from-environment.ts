import type { Agent } from './agent.ts'
import { type Environment, readEnvironment } from './agent-environment.ts'
import { type AgentOptions, createAgentFrom } from './create-agent.ts'

/** What the environment cannot say, or what shall win over it. */
export interface EnvironmentOptions extends Partial<AgentOptions> {
  /** Default: `process.env`, empty on a runtime without it. */
  readonly environment?: Environment
}

/** Makes agents. */
export interface CreateAgent {
  /**
   * Makes an agent of a key and its chain.
   *
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when there is no chain, or it does not join;
   *   `ERR_PROCURA_INVALID_KEY` when the key is not the one that the chain ends at;
   *   `ERR_PROCURA_STORAGE` when the storage fails; `ERR_PROCURA_INVALID_CONFIGURATION` for a bad issuer URL.
   */
  (options: AgentOptions): Promise<Agent>
  /**
   * Makes an agent of what the environment says: `PROCURA_AGENT_KEY` and `PROCURA_CREDENTIAL`, each also with
   * `_FILE` and a path, `PROCURA_ISSUER`, `PROCURA_STATE`. Warns once of a chain that nobody renews, as no issuer is named.
   *
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` naming the variable and the fix; otherwise as above.
   */
  fromEnv(options?: EnvironmentOptions): Promise<Agent>
}

/** Makes an agent: `createAgent(options)`, or `createAgent.fromEnv()`. Errors: see {@link CreateAgent}. */
export const createAgent: CreateAgent = /* @__PURE__ */ Object.assign(createAgentFrom, { fromEnv })

async function fromEnv({ environment, ...options }: EnvironmentOptions = {}): Promise<Agent> {
  const all = { ...(await readEnvironment(environment ?? processEnvironment())), ...options }
  if (endsUnrenewed(all)) warnOnce()
  return createAgentFrom(all)
}

/** Whether the issuer would renew the chain, and nobody says which it is. What an agent delegated only that agent renews. */
function endsUnrenewed({ chain, issuer, refreshFrom }: AgentOptions): boolean {
  return chain?.length === 2 && issuer === undefined && refreshFrom === undefined
}

let isWarned = false

function warnOnce(): void {
  if (isWarned || typeof process !== 'object') return
  isWarned = true
  process.emitWarning?.(
    'PROCURA_ISSUER is not set: the chain is not renewed; put the base URL of the issuer into it',
    'ProcuraWarning',
  )
}

function processEnvironment(): Environment {
  return typeof process === 'object' ? process.env : {}
}
