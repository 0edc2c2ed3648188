import { type Clock, type Fetch, type Random, systemClock, systemRandom } from '../core/clock.ts'
import { type Agent, agentOf } from './agent.ts'
import type { AgentPorts } from './agent-context.ts'
import { type AgentKey, AgentKeys, agentSigner } from './agent-keys.ts'
import type { AgentStorage } from './agent-storage.ts'
import { ChainKeeper, type ChainSource } from './chain-keeper.ts'
import { ChainStaples } from './chain-staples.ts'
import { type HeldChain, hasLifelongLimit } from './held-chain.ts'
import { IndexLedger } from './index-ledger.ts'
import { initialChain } from './initial-chain.ts'
import { createIssuerClient, type IssuerClient } from './issuer-client.ts'
import { issuerSource } from './issuer-source.ts'
import { type Sleep, systemSleep } from './retry.ts'

/** What an agent is made of. */
export interface AgentOptions {
  /** The agent's private key, or what signs with it. It must be the key of the last link's subject. */
  readonly key: AgentKey
  /** Compact tokens or JSON texts, OwnerCredential first. May be left out when `storage` holds a chain. */
  readonly chain?: readonly string[]
  /**
   * Where the agent remembers its renewed chain, and which status indexes it has given away. Default: nowhere; then
   * it can present, not delegate. `fileStorage(directory)`, or `memoryStorage()` for a key that dies with the process.
   */
  readonly storage?: AgentStorage
  /** Base URL of the issuer, to renew the chain and to register runs. Default: none. */
  readonly issuer?: string
  /**
   * For a chain that an agent delegated: asks that agent to delegate again to the same key (`agent.delegate({ to, … })`), and answers the
   * whole chain. Called when half of its life is over, and when a service provider refuses it as out of date. Default: nobody is asked.
   */
  readonly refreshFrom?: (chain: readonly string[]) => Promise<readonly string[]>
  /** Told when renewing in the background failed. The chain held stays in use until it ends. Default: nobody. */
  readonly onRefreshFailed?: (error: unknown) => void
  /** Told why a service provider that wants the status of the chain is not brought it. Default: nobody. */
  readonly onStapleFailed?: (error: unknown) => void
  /** Default: the platform's. */
  readonly fetch?: Fetch
  /** Default: the system's. */
  readonly clock?: Clock
  readonly random?: Random
  readonly sleep?: Sleep
}

/**
 * Makes an agent of a key and its chain.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when there is no chain, or it does not join;
 *   `ERR_PROCURA_INVALID_KEY` when the key is not the one that the chain ends at;
 *   `ERR_PROCURA_STORAGE` when the storage fails; `ERR_PROCURA_INVALID_CONFIGURATION` for a bad issuer URL.
 */
export async function createAgentFrom(options: AgentOptions): Promise<Agent> {
  const held = await initialChain(options)
  const isRotated = options.issuer !== undefined && (await isOtherKey(options.key, held))
  const did = isRotated ? undefined : held.own.credential.subject.id
  const keys = new AgentKeys(await agentSigner(options.key, did))
  const ports = portsOf(options)
  const issuer = issuerOf(options, keys, ports)
  const keeper = keeperOf(options, held, keys, ports, issuer)
  if (isRotated) await keeper.refresh()
  const { storage, onRefreshFailed } = options
  return agentOf({
    keys,
    keeper,
    ledger: new IndexLedger(storage),
    ports,
    ...(issuer !== undefined && { issuer }),
    ...(onRefreshFailed !== undefined && { onRefreshFailed }),
  })
}

/** After its key was rotated an agent may find a chain that ends at the one before: the issuer has one for the new key. */
async function isOtherKey(key: AgentKey, { own }: HeldChain): Promise<boolean> {
  return agentSigner(key, own.credential.subject.id).then(
    () => false,
    () => true,
  )
}

function portsOf(options: AgentOptions): AgentPorts {
  const send: Fetch = options.fetch ?? ((input, init) => fetch(input, init))
  return {
    fetch: send,
    staples: new ChainStaples(send, options.onStapleFailed),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    sleep: options.sleep ?? systemSleep,
  }
}

function issuerOf({ issuer }: AgentOptions, keys: AgentKeys, ports: AgentPorts): IssuerClient | undefined {
  if (issuer === undefined) return undefined
  return createIssuerClient({
    ...ports,
    issuer,
    get signer() {
      return keys.newest
    },
  })
}

function delegatorSource(refreshFrom: AgentOptions['refreshFrom']): ChainSource | undefined {
  return refreshFrom && (({ tokens }) => refreshFrom(tokens))
}

function keeperOf(
  { storage, refreshFrom, onRefreshFailed }: AgentOptions,
  held: HeldChain,
  keys: AgentKeys,
  { clock }: AgentPorts,
  issuer: IssuerClient | undefined,
): ChainKeeper {
  const source = (issuer && issuerSource(issuer, held)) ?? delegatorSource(refreshFrom)
  return new ChainKeeper({
    held,
    clock,
    renews: !hasLifelongLimit(held),
    mayEndAt: (did) => keys.has(did),
    ...(source === undefined ? {} : { source }),
    ...(storage === undefined ? {} : { onReplaced: ({ tokens }) => storage.saveChain(tokens) }),
    ...(onRefreshFailed === undefined ? {} : { onRefreshFailed }),
  })
}
