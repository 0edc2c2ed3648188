import { createUuidUrn } from '../core/uuid.ts'
import { ProcuraError } from '../errors.ts'
import type { Lineage } from '../model/credential.ts'
import type { Signer } from '../model/signer.ts'
import { createLocalSigner, type PrivateJwk } from '../securing/vc-jose/local-signer.ts'
import type { AgentContext } from './agent-context.ts'
import { AgentKeys } from './agent-keys.ts'
import { memoryStorage } from './agent-storage.ts'
import { ChainKeeper } from './chain-keeper.ts'
import type { OnwardOptions } from './delegate-options.ts'
import { deriveRun, type PlannedRun } from './derive-run.ts'
import { holdGivenChain } from './held-chain.ts'
import { IndexLedger } from './index-ledger.ts'
import type { IssuerClient } from './issuer-client.ts'
import { type RunOutcome, runCompletion } from './run-registration.ts'
import { runSuccession } from './run-succession.ts'

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
  /** Of the run and of its first credential: `urn:uuid:…`. */
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
  const id = createUuidUrn(parent.ports.random)
  const run: PlannedRun = { parent, options, signer, id, issuer }
  const { released, lineage = {} } = await deriveRun(run)
  const context = await contextOf(run, released.chain)
  const close = () => context.keeper.close()
  const { sleep } = parent.ports
  return { id, lineage, context, complete: runCompletion({ released, close, issuer, sleep }) }
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

/** A run lives and dies with this process, and goes on when what is above it is replaced. */
async function contextOf(run: PlannedRun, tokens: readonly string[]): Promise<AgentContext> {
  const { parent, signer } = run
  const { issuer, ports, onRefreshFailed } = parent
  const held = await holdGivenChain(tokens)
  const succession = runSuccession(run, held)
  const keeper = new ChainKeeper({
    held,
    clock: ports.clock,
    renews: false,
    ...(parent.keeper.isRenewable && succession),
    ...(onRefreshFailed !== undefined && { onRefreshFailed }),
  })
  const context = { keys: new AgentKeys(signer), keeper, ledger: new IndexLedger(memoryStorage()), ports }
  return {
    ...context,
    ...(issuer !== undefined && { issuer }),
    ...(onRefreshFailed !== undefined && { onRefreshFailed }),
  }
}
