import type { Clock } from '../core/clock.ts'
import type {
  ChainStore,
  KeptChain,
  NonceUse,
  ReplayStore,
  UsageAnswer,
  UsageCharge,
  UsageStore,
} from '../verifier/ports.ts'

/** What outlives a process, for `createVerifier`. */
export interface SharedStores {
  readonly usage: UsageStore
  readonly replay: ReplayStore
  /** As the one in memory bounded for each presenter, agent and authority, and in all. */
  readonly chains: ChainStore
  /** Lets what was asked be written and closes; whatever is asked later is refused. */
  close(): Promise<void>
}

/** What a store is asked. `now`: milliseconds since 1970, by the clock of whoever asks. */
export type Request =
  | {
      readonly kind: 'reserve'
      readonly agent: string
      readonly charges: readonly UsageCharge[]
      readonly now: number
    }
  | {
      readonly kind: 'release'
      readonly agent: string
      readonly charges: readonly UsageCharge[]
      readonly now: number
    }
  | {
      readonly kind: 'use'
      readonly holder: string
      readonly nonce: string
      readonly expiresAt: number
      readonly now: number
    }
  | { readonly kind: 'find'; readonly digest: string; readonly now: number }
  | { readonly kind: 'keep'; readonly digest: string; readonly chain: KeptChain; readonly now: number }

/** `undefined`: nothing to say, nothing found, or not kept. */
export type Answer = UsageAnswer | NonceUse | { readonly texts: readonly string[] } | 'kept' | undefined

/** Answers requests, each all or nothing. */
export interface Answering {
  /** Settles when it is durable. @throws {ProcuraError} `ERR_PROCURA_STORAGE`: nothing was done, or nobody knows. */
  ask(request: Request): Promise<Answer>
  close(): Promise<void>
}

/** The stores that a verifier takes, from what answers them. What is no answer to a request is a refusal. */
export function sharedStores(store: Answering, clock: Clock): SharedStores {
  return {
    usage: {
      reserve: async (agent, charges) =>
        asUsage(await store.ask({ kind: 'reserve', agent, charges, now: clock() })),
      release: async (agent, charges) =>
        void (await store.ask({ kind: 'release', agent, charges, now: clock() })),
    },
    replay: {
      use: async (holder, nonce, expiresAt) =>
        asNonceUse(await store.ask({ kind: 'use', holder, nonce, expiresAt, now: clock() })),
    },
    chains: {
      get: async (digest) => asTexts(await store.ask({ kind: 'find', digest, now: clock() })),
      put: async (digest, chain) =>
        (await store.ask({ kind: 'keep', digest, chain, now: clock() })) === 'kept',
    },
    close: () => store.close(),
  }
}

function asUsage(answer: Answer): UsageAnswer {
  const isUsage = answer === 'reserved' || (typeof answer === 'object' && 'exhausted' in answer)
  return isUsage ? answer : 'unavailable'
}

function asTexts(answer: Answer): readonly string[] | undefined {
  return typeof answer === 'object' && 'texts' in answer ? answer.texts : undefined
}

function asNonceUse(answer: Answer): NonceUse {
  return answer === 'fresh' || answer === 'replayed' ? answer : 'unavailable'
}
