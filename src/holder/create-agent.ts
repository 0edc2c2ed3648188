import { equalBytes } from '../core/bytes.ts'
import { type Clock, type Fetch, type Random, systemClock, systemRandom } from '../core/clock.ts'
import { ProcuraError } from '../errors.ts'
import type { Signer } from '../model/signer.ts'
import { createLocalSigner, type PrivateJwk } from '../securing/vc-jose/local-signer.ts'
import { type Agent, agentOf } from './agent.ts'
import type { AgentContext, AgentPorts } from './agent-context.ts'
import type { AgentStorage } from './agent-storage.ts'
import { ChainKeeper } from './chain-keeper.ts'
import { type HeldChain, hasLifelongLimit, keyOfDid } from './held-chain.ts'
import { IndexLedger } from './index-ledger.ts'
import { initialChain } from './initial-chain.ts'
import { createIssuerClient, type IssuerClient } from './issuer-client.ts'
import { issuerSource } from './issuer-source.ts'
import { type Sleep, systemSleep } from './retry.ts'

/** What an agent is made of. */
export interface AgentOptions {
  /** The agent's private key, or what signs with it. It must be the key of the last link's subject. */
  readonly key: PrivateJwk | Signer
  /** Compact tokens or JSON texts, OwnerCredential first. May be left out when `storage` holds a chain. */
  readonly chain?: readonly string[]
  /**
   * Where the agent remembers its renewed chain, and which status indexes it has given away. Default: nowhere; then
   * it can present, not delegate. `fileStorage(directory)`, or `memoryStorage()` for a key that dies with the process.
   */
  readonly storage?: AgentStorage
  /** Base URL of the issuer, to renew the chain and to register runs. Default: none. */
  readonly issuer?: string
  /** Told when renewing in the background failed. The chain held stays in use until it ends. Default: nobody. */
  readonly onRefreshFailed?: (error: unknown) => void
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
  const signer = await signerFor(options.key, held)
  const ports = portsOf(options)
  const issuer = issuerOf(options, signer, ports)
  const keeper = keeperOf(options, held, ports, issuer)
  const context: AgentContext = { signer, keeper, ledger: new IndexLedger(options.storage), ports }
  return agentOf(issuer === undefined ? context : { ...context, issuer })
}

/** A signer whose key id is the one verification method of the DID that the chain ends at. */
async function signerFor(key: AgentOptions['key'], { own }: HeldChain): Promise<Signer> {
  const method = keyOfDid(own.credential.subject.id)
  const keyId = method?.id
  const signer = 'sign' in key ? key : await createLocalSigner(key, keyId)
  const isSame =
    method?.key.type === signer.publicKey.type && equalBytes(method.key.raw, signer.publicKey.raw)
  if (isSame && signer.keyId === keyId) return signer
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_KEY',
    'the key is not the one that the chain ends at; give the key whose DID the delegation was issued to',
  )
}

function portsOf(options: AgentOptions): AgentPorts {
  return {
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    sleep: options.sleep ?? systemSleep,
  }
}

function issuerOf({ issuer }: AgentOptions, signer: Signer, ports: AgentPorts): IssuerClient | undefined {
  return issuer === undefined ? undefined : createIssuerClient({ ...ports, issuer, signer })
}

function keeperOf(
  { storage, onRefreshFailed }: AgentOptions,
  held: HeldChain,
  { clock }: AgentPorts,
  issuer: IssuerClient | undefined,
): ChainKeeper {
  const source = issuer === undefined ? undefined : issuerSource(issuer, held)
  return new ChainKeeper({
    held,
    clock,
    renews: !hasLifelongLimit(held),
    ...(source === undefined ? {} : { source }),
    ...(storage === undefined ? {} : { onReplaced: ({ tokens }) => storage.saveChain(tokens) }),
    ...(onRefreshFailed === undefined ? {} : { onRefreshFailed }),
  })
}
