import { type Fetch, systemClock } from '../core/clock.ts'
import { createDidResolver } from '../did/resolve-did.ts'
import { ProcuraError } from '../errors.ts'
import type { PresentedRequest } from '../model/presented-request.ts'
import type { SyncState } from './authority-sync.ts'
import { LinkCache } from './link-cache.ts'
import { readPolicy, type VerifierOptions } from './policy.ts'
import { MemoryReplayStore } from './replay-store.ts'
import { StatusSync } from './status-sync.ts'
import type { PresentationVerdict } from './verdict.ts'
import { type Ask, type VerifyContext, verifyPresentation } from './verify-presentation.ts'

/** What a service provider embeds. One for each audience; safe for concurrent use. */
export interface Verifier {
  /** Configured external origin: `https://mail.example`. */
  readonly origin: string

  /**
   * Decides whether the request's agent may do what is asked (docs/spec/07-verifying.md). Never fetches; never throws
   * for what was presented.
   *
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when `ask.action` is empty: the caller did not say what is asked.
   */
  verify(request: PresentedRequest, ask: Ask): Promise<PresentationVerdict>

  /**
   * Looks at every authority's head now, then keeps status fresh in the background until `close`. An authority that
   * cannot be reached is no error: its state says why, and its chains are refused until it can.
   *
   * @throws {ProcuraError} `ERR_PROCURA_FRESHNESS_UNENFORCEABLE` when an authority's heartbeat is too slow for the policy.
   */
  start(): Promise<readonly SyncState[]>

  /** Looks at every authority's head once, now. @throws as `start`. */
  sync(): Promise<readonly SyncState[]>

  /** What is held of each authority, for readiness checks and operators. */
  status(): readonly SyncState[]

  /** Ends the background work. Verifying goes on with what is held. */
  close(): void
}

/**
 * Makes a verifier.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, naming the option to mend.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const clock = options.clock ?? systemClock
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const policy = readPolicy(options)
  const resolver = createDidResolver()
  const onAlarm = options.onAlarm ?? (() => undefined)
  const sync = new StatusSync({ policy, resolver, fetch, clock, onAlarm })
  const replay = options.replay ?? new MemoryReplayStore(clock)
  const context: VerifyContext = {
    policy,
    resolver,
    cache: new LinkCache(policy.trust.keys()),
    sync,
    replay,
    clock,
  }
  return {
    origin: policy.origin,
    verify: (request, ask) => verifyPresentation(request, readAsk(ask), context),
    start: async () => {
      const states = await sync.sync()
      sync.start()
      return states
    },
    sync: () => sync.sync(),
    status: () => sync.states(),
    close: () => sync.stop(),
  }
}

function readAsk(ask: Ask): Ask {
  if (typeof ask?.action === 'string' && ask.action !== '') return ask
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    'ask.action must name what is asked, such as "mail.read"',
  )
}
