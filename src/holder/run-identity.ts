import { createUuidUrn } from '../core/uuid.ts'
import { ProcuraError } from '../errors.ts'
import { rootTaskOf } from '../model/chain.ts'
import type { Lineage } from '../model/credential.ts'
import type { Signer } from '../model/signer.ts'
import { createLocalSigner, type PrivateJwk } from '../securing/vc-jose/local-signer.ts'
import type { AgentContext } from './agent-context.ts'
import { AgentKeys, subjectOf } from './agent-keys.ts'
import { memoryStorage } from './agent-storage.ts'
import { ChainKeeper, type ChainSource } from './chain-keeper.ts'
import type { OnwardOptions } from './delegate-options.ts'
import { chainToDeriveFrom, type Derivation, type DerivationRequest, deriveChain } from './derive-chain.ts'
import { growLease } from './grow-lease.ts'
import { holdGivenChain } from './held-chain.ts'
import { IndexLedger } from './index-ledger.ts'
import type { IssuerClient } from './issuer-client.ts'
import { type RunOutcome, registered, runCompletion } from './run-registration.ts'

/** What a run is for, and what it may do. */
export interface RunOptions extends OnwardOptions {
  /** What the run does, for people; at most 128 characters. */
  readonly task: string
  /** What all began with. Default: that of the chain, else `task`. Constant once a chain has one. */
  readonly rootTask?: string
  /**
   * Whether the issuer is told of the run, so that it is found, falls with its agent, and is completed when it is
   * over. Default true. `false` needs no issuer: the run then ends when its lifetime does.
   */
  readonly register?: boolean
  /**
   * The key of the run, when another process is to use it. Default: a fresh key that cannot leave this process.
   * No two runs may share one.
   */
  readonly key?: PrivateJwk | Signer
}

/** A run as it was set up: an identity with a context of its own, and the way to end it. */
export interface RunIdentity {
  /** Of the run and of its credential: `urn:uuid:…`. */
  readonly id: string
  readonly lineage: Lineage
  readonly context: AgentContext
  complete(): Promise<RunOutcome>
}

/**
 * Makes the identity of a run: a key, a link signed by the parent, and its registration at the issuer.
 *
 * @throws {ProcuraError} As `Agent.run` says.
 */
export async function startRun(parent: AgentContext, options: RunOptions): Promise<RunIdentity> {
  const issuer = issuerFor(parent, options)
  const signer = await signerFor(options.key)
  const derive = () => deriveRun(parent, options, signer)
  const { released, lineage = {} } = await (issuer === undefined
    ? derive()
    : registered(parent, issuer, derive))
  const context = await contextOf(parent, released.chain, signer)
  const close = () => context.keeper.close()
  const { sleep } = parent.ports
  return { id: released.id, lineage, context, complete: runCompletion({ released, close, issuer, sleep }) }
}

/** Who is to be told of the run; `undefined` when the caller chose that nobody is. */
function issuerFor({ issuer }: AgentContext, { register, statusless }: RunOptions): IssuerClient | undefined {
  if (register === false) return undefined
  if (statusless === true) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'a statusless run has nothing that could be revoked, so it cannot be registered; say register: false',
    )
  }
  if (issuer !== undefined) return issuer
  throw new ProcuraError(
    'ERR_PROCURA_ISSUER_UNREACHABLE',
    'no issuer is configured to register the run with; give issuer (PROCURA_ISSUER), or say register: false and let the run lapse',
  )
}

async function signerFor(key: RunOptions['key']): Promise<Signer> {
  if (key !== undefined) return 'sign' in key ? key : createLocalSigner(key)
  return createLocalSigner(await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']))
}

/** The run is its credential: both have one id, so that a run finds its children by it. */
async function deriveRun(parent: AgentContext, options: RunOptions, signer: Signer): Promise<Derivation> {
  const { task, rootTask, key: _, register: __, ...onward } = options
  const id = createUuidUrn(parent.ports.random)
  for (;;) {
    const held = await chainToDeriveFrom(parent, options.lifetime)
    const lineage = { rootTask: rootTask ?? rootTaskOf(held.links) ?? task, run: id }
    const request: DerivationRequest = {
      ...onward,
      id,
      to: subjectOf(signer),
      kind: 'Run',
      name: task,
      lineage,
    }
    try {
      return await deriveChain(held, request, parent)
    } catch (error) {
      await growLease(parent.keeper, held, error)
    }
  }
}

/** A run lives and dies with this process. When link 0 is replaced, it takes that from its parent and keeps the rest. */
async function contextOf(
  parent: AgentContext,
  tokens: readonly string[],
  signer: Signer,
): Promise<AgentContext> {
  const { issuer, ports } = parent
  const { clock } = ports
  const source: ChainSource = async (held) => {
    const [root = ''] = (await parent.keeper.refresh()).tokens
    return [root, ...held.tokens.slice(1)]
  }
  const held = await holdGivenChain(tokens)
  const options = { held, clock, renews: false }
  const keeper = new ChainKeeper(parent.keeper.isRenewable ? { ...options, source } : options)
  const context = { keys: new AgentKeys(signer), keeper, ledger: new IndexLedger(memoryStorage()), ports }
  return issuer === undefined ? context : { ...context, issuer }
}
