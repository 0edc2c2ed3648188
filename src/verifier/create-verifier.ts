import { systemClock, systemRandom } from '../core/clock.ts'
import { tell } from '../core/tell.ts'
import { systemTimer } from '../core/timer.ts'
import type { DidMethod } from '../did/did-method.ts'
import { createDidResolver, type DidResolver } from '../did/resolve-did.ts'
import type { PresentedRequest } from '../model/presented-request.ts'
import type { Signer } from '../model/signer.ts'
import { askOf, readAsk, readRequest } from './caller-arguments.ts'
import { chainStoreOf, replayStoreOf, statusStoreOf, usageStoreOf } from './configured-stores.ts'
import { readTrustConfiguration } from './configured-trust.ts'
import { LinkCache } from './link-cache.ts'
import { chainsInMemory } from './memory-chains.ts'
import { type Policy, readFlag, readPolicy } from './policy.ts'
import type { Ask, VerifyContext } from './presentation.ts'
import { readPresentation } from './read-presentation.ts'
import { StatusSync } from './status-sync.ts'
import type { SyncState } from './sync-state.ts'
import type {
  BundleVerdict,
  PresentationRefusal,
  PresentationVerdict,
  UploadVerdict,
  VerifiedPresentation,
} from './verdict.ts'
import type { VerifierAlarm } from './verifier-alarm.ts'
import type { TrustOption, VerifierOptions } from './verifier-options.ts'
import type { PresentationOptions } from './verify-document.ts'
import { verifyPresentation } from './verify-presentation.ts'
import type { TokenOptions } from './verify-token.ts'
import type { Watch } from './watch.ts'
import { Watches } from './watches.ts'

/** What a service provider embeds. One for each audience; safe for concurrent use. */
export interface Verifier {
  /** Configured external origin: `https://mail.example`. */
  readonly origin: string

  /**
   * Decides whether the request's agent may do what is asked (docs/spec/07-verifying.md): one that carries its chain and
   * a signature, or a presentation token as bearer. Never fetches; never throws for what was presented.
   *
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when `ask.action` is empty: the caller did not say what is asked;
   *   and for a request of another shape, such as a framework's own.
   */
  verify(request: PresentedRequest, ask: Ask): Promise<PresentationVerdict>

  /**
   * As `verify`, for a presentation token (`vp+jwt`) that did not come in an HTTP request: in MCP or A2A, say.
   *
   * @throws {ProcuraError} As `verify`; also when `target` does not begin with `/`.
   */
  verifyToken(token: string, ask: Ask, options?: TokenOptions): Promise<PresentationVerdict>

  /**
   * As `verify`, for a presentation with a Data Integrity proof, as wallets make it (docs/spec/06-presenting.md §3). A
   * holder can show it once.
   *
   * @param presentation JSON, as it was received.
   * @throws {ProcuraError} As `verify`; also when the challenge is no text of 16 to 256 characters, or
   *   `target` does not begin with `/`.
   */
  verifyPresentation(
    presentation: string,
    ask: Ask,
    options: PresentationOptions,
  ): Promise<PresentationVerdict>

  /**
   * Takes a chain that no request field holds: `POST /.well-known/agent-delegation`, with the chain as body and signed
   * like any request (docs/spec/06-presenting.md §1.1). It is verified as by `verify`, but for an action, and kept; requests
   * may then refer to it. The adapters answer that path themselves.
   */
  upload(request: PresentedRequest): Promise<UploadVerdict>

  /**
   * Watches over something that lasts longer than a request: a stream, a WebSocket. What the verdict rests on is judged
   * anew at its `recheckAt` and whenever the status of its authority changes (docs/spec/07-verifying.md "Long-lived
   * connections"); it goes on while everything still holds. The adapters watch event streams themselves.
   *
   * At most 10,000 at a time, and 1,000 of one agent: `limit_exceeded` beyond.
   *
   * @param onEnd Called once, when the authority has ended; from then on nothing may be done under it. Never before
   *   `watch` has returned. What it throws is dropped.
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what is no accepted verdict of this verifier.
   */
  watch(verdict: VerifiedPresentation, onEnd: (refusal: PresentationRefusal) => void): Watch

  /**
   * Looks at every authority's head now, then keeps status fresh in the background until `close`. An authority that
   * cannot be reached is no error: its state and an alarm say why, and its chains are refused until it can. Until this or
   * `sync` was called, all chains are refused, with the dimension `not_started`.
   *
   * @throws {ProcuraError} `ERR_PROCURA_FRESHNESS_UNENFORCEABLE` when an authority's heartbeat is too slow for the policy.
   */
  start(): Promise<readonly SyncState[]>

  /** Looks at every authority's head once, now. @throws as `start`. */
  sync(): Promise<readonly SyncState[]>

  /** What is held of each authority, and why the last look failed, for readiness checks and operators. No I/O. */
  status(): readonly SyncState[]

  /**
   * Writes down what is held of every authority's status, for verifiers without a way to it: one file, signed, as it is
   * now (docs/spec/05-status.md "Bundle"). Where nothing of an authority is held yet, it is left out.
   *
   * @param signer A key of whoever answers for the bundle, such as a `did:key`; importers have to know its DID.
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` while nothing is held.
   */
  exportBundle(signer: Signer): Promise<string>

  /**
   * Takes in a bundle in place of looking at the heads. Fetches nothing. Its status is verified and has to follow what is
   * held, as if it had been fetched; documents of DIDs on the web are taken on the word of its signer. Whom to trust does
   * not change: authorities that are not trusted here are left aside.
   *
   * @param options.did Who has to have signed it: a `did:key` or `did:jwk`.
   * @returns Of each authority in it what is held now, with a `failure` where it was not taken in.
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when `did` is no DID.
   */
  importBundle(bundle: string, options: { readonly did: string }): Promise<BundleVerdict>

  /**
   * Replaces the option `trust`, to trust or block somebody without a restart. It holds for every verdict from now on,
   * also for those under way and for watches, whatever is cached. What was seen of authorities that stay is kept; until
   * the status of a new one was looked at (`sync`, or the background), its chains are refused.
   *
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, naming the member to mend; then nothing has changed.
   */
  setTrust(trust: readonly TrustOption[]): void

  /**
   * What stands for this verifier's policy in its receipts: SHA-256, base64url, over everything that decides. Log it when
   * the service starts and after `setTrust`, with the configuration: a receipt of years ago then says by which one it was
   * decided.
   */
  policyDigest(): Promise<string>

  /** Ends the background work, also that of a `start` under way. Verifying goes on with what is held. */
  close(): void
}

/**
 * Makes a verifier.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, naming the option to mend.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const policy = readPolicy(options)
  const clock = options.clock ?? systemClock
  const trust = readTrustConfiguration(options.trust, policy.origin)
  const resolver = resolverOf(policy, readFlag(options, 'threads'), (did) => sync.document(did))
  const { fetch, onAlarm = () => undefined, random = systemRandom, timer: setTimer = systemTimer } = options
  const alarm = (news: VerifierAlarm): void => tell(onAlarm, news)
  const onChange = (authority: string): void => watches.recheck(authority)
  const ports = { clock, setTimer, tell: alarm }
  const isPushed = readFlag(options, 'push', fetch === undefined)
  const store = statusStoreOf(options.statusStore)
  const sync = new StatusSync({ ...ports, policy, trust, resolver, fetch, store, isPushed, random, onChange })
  const cache = new LinkCache(trust.trust.keys())
  const kept = chainsInMemory(trust.trust.keys(), clock)
  const context: VerifyContext = {
    policy,
    resolver,
    cache,
    sync,
    replay: replayStoreOf(options.replay, ports),
    usage: usageStoreOf(options.usage, ports),
    chains: chainStoreOf(options.chains, kept, ports),
    clock,
    setTimer,
  }
  const watches = new Watches(context)
  const bundles = () => import('./exchange-bundles.ts')
  return {
    origin: policy.origin,
    verify: async (given, ask) => {
      const request = readRequest(given)
      const question = { ask: askOf(request, readAsk(ask), policy), target: request.target }
      return verifyPresentation(readPresentation(request, context), question, context)
    },
    verifyToken: async (token, ask, options) => {
      const { verifyToken } = await import('./verify-token.ts')
      return verifyToken(token, ask, context, options)
    },
    verifyPresentation: async (presentation, ask, options) => {
      const { verifyDocument } = await import('./verify-document.ts')
      return verifyDocument(presentation, ask, context, options)
    },
    upload: async (request) => {
      const { uploadChain } = await import('./upload-chain.ts')
      return uploadChain(readRequest(request), context)
    },
    watch: (verdict, onEnd) => watches.open(verdict, onEnd),
    start: () => sync.start(),
    sync: () => sync.sync(),
    status: () => sync.states(),
    exportBundle: async (signer) => (await bundles()).exportBundle(signer, context),
    importBundle: async (bundle, from) => (await bundles()).importBundle(bundle, from, context),
    setTrust: (entries) => {
      const next = readTrustConfiguration(entries, policy.origin)
      cache.setAuthorities(next.trust.keys())
      kept.setAuthorities(next.trust.keys())
      sync.setTrust(next)
    },
    policyDigest: async () => (await import('./receipt/policy-digest.ts')).policyDigest(policy, sync.trust),
    close: () => sync.stop(),
  }
}

/** What few configure is loaded with the first key that is asked for. @param held Reads a document of the web. */
function resolverOf(policy: Policy, threads: boolean, held: DidMethod): DidResolver {
  const plain = createDidResolver({ methods: { web: held, webvh: held } })
  if (!threads && policy.algorithms === undefined) return plain
  let resolver: DidResolver | undefined
  const load = async () => {
    const { configureKeys } = await import('./configured-keys.ts')
    resolver ??= configureKeys(plain, policy, threads)
    return resolver
  }
  return { resolve: (did) => resolver?.resolve(did) ?? load().then((loaded) => loaded.resolve(did)) }
}
