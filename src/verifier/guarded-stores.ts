import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import type { SetTimer } from '../core/timer.ts'
import { ProcuraError } from '../errors.ts'
import type { StorePorts } from './configured-stores.ts'
import type {
  ChainStore,
  NonceUse,
  ReplayStore,
  StatusStore,
  UsageAnswer,
  UsageCharge,
  UsageStore,
} from './ports.ts'

/**
 * How long a store may take to answer, in milliseconds: far longer than a commit, shorter than callers wait. What
 * takes longer cannot tell.
 */
const STORE_DEADLINE_MS = 2_000

type GuardPorts = Pick<StorePorts, 'setTimer' | 'tell'>

/** A replay store that answers in time, in the form of the port, and never throws. Failures are told. */
export function guardReplayStore(store: ReplayStore, { tell, setTimer }: GuardPorts): ReplayStore {
  const failed = (cause: unknown): NonceUse => {
    tell({ kind: 'store_failed', store: 'replay', cause })
    return 'unavailable'
  }
  const use: ReplayStore['use'] = (...nonce) =>
    andThen(
      inTime<unknown>(() => store.use(...nonce), { failed, setTimer }),
      (answer) => (isNonceUse(answer) ? answer : failed(nonsense())),
    )
  return { use }
}

function isNonceUse(answer: unknown): answer is NonceUse {
  return answer === 'fresh' || answer === 'replayed' || answer === 'unavailable'
}

/**
 * A usage store that answers in time, in the form of the port, and never throws. Failures are told. What is reserved too
 * late was for a request that has been refused, and is given back.
 */
export function guardUsageStore(store: UsageStore, { tell, setTimer }: GuardPorts): UsageStore {
  const failed = (cause: unknown): UsageAnswer => {
    tell({ kind: 'store_failed', store: 'usage', cause })
    return 'unavailable'
  }
  const release: UsageStore['release'] = (agent, charges) =>
    inTime(() => store.release(agent, charges), { failed: (cause) => void failed(cause), setTimer })
  const reserve: UsageStore['reserve'] = (agent, charges) => {
    const onLate = (late: unknown) => (late === 'reserved' ? release(agent, charges) : undefined)
    const answer = inTime<unknown>(() => store.reserve(agent, charges), { failed, onLate, setTimer })
    return andThen(answer, (value) => readAnswer(value, charges) ?? failed(nonsense()))
  }
  return { reserve, release }
}

/**
 * A chain store that answers in time, in the form of the port, and never throws: one that fails has nothing and takes
 * nothing. Failures are told.
 */
export function guardChainStore(store: ChainStore, { tell, setTimer }: GuardPorts): ChainStore {
  const failed = (cause: unknown): undefined => {
    tell({ kind: 'store_failed', store: 'chains', cause })
  }
  const ask = (work: () => MaybePromise<unknown>) => inTime(work, { failed, setTimer })
  return {
    get: (digest) =>
      andThen(
        ask(() => store.get(digest)),
        (texts) => (texts === undefined || isTexts(texts) ? texts : failed(nonsense())),
      ),
    put: (digest, chain) =>
      andThen(
        ask(() => store.put(digest, chain)),
        (kept) => kept === true,
      ),
  }
}

/** A status store that answers in time, in the form of the port, and never throws. Failures are told. */
export interface GuardedStatusStore {
  /** @returns `failed` when nobody knows whether something was saved. */
  load(authority: string): MaybePromise<Uint8Array | undefined | 'failed'>
  /** @returns Whether it is saved. */
  save(authority: string, status: Uint8Array): MaybePromise<boolean>
}

export function guardStatusStore(store: StatusStore, { tell, setTimer }: GuardPorts): GuardedStatusStore {
  const failed = (cause: unknown): 'failed' => {
    tell({ kind: 'store_failed', store: 'status', cause })
    return 'failed'
  }
  const ask = (work: () => MaybePromise<unknown>) => inTime(work, { failed, setTimer })
  return {
    load: (authority) =>
      andThen(
        ask(() => store.load(authority)),
        (bytes) => {
          if (bytes === undefined || bytes === 'failed') return bytes
          return bytes instanceof Uint8Array ? bytes : failed(nonsense())
        },
      ),
    save: (authority, status) =>
      andThen(
        ask(() => store.save(authority, status)),
        (saved) => saved !== 'failed',
      ),
  }
}

function isTexts(texts: unknown): texts is readonly string[] {
  return Array.isArray(texts) && texts.every((text) => typeof text === 'string')
}

/** `undefined` for what a store must not answer. */
function readAnswer(answer: unknown, charges: readonly UsageCharge[]): UsageAnswer | undefined {
  if (answer === 'reserved' || answer === 'unavailable') return answer
  if (typeof answer !== 'object' || answer === null || !('exhausted' in answer)) return undefined
  const { exhausted } = answer
  if (!Array.isArray(exhausted) || exhausted.length === 0) return undefined
  const isPosition = (one: unknown) => typeof one === 'number' && charges[one] !== undefined
  return exhausted.every(isPosition) ? { exhausted } : undefined
}

interface Limits<T> {
  /** What stands for an answer when the store throws, rejects or takes too long. */
  readonly failed: (cause: unknown) => T
  /** Told what came after all. */
  readonly onLate?: (late: T) => unknown
  readonly setTimer: SetTimer
}

/** What a store answers, in time. */
function inTime<T>(ask: () => MaybePromise<T>, limits: Limits<T>): MaybePromise<T> {
  try {
    const answer = ask()
    return isThenable(answer) ? race(Promise.resolve(answer), limits).catch(limits.failed) : answer
  } catch (cause) {
    return limits.failed(cause)
  }
}

function race<T>(answer: Promise<T>, { onLate = () => undefined, setTimer }: Limits<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = setTimer(() => {
      reject(new ProcuraError('ERR_PROCURA_STORAGE', `the store took longer than ${STORE_DEADLINE_MS} ms`))
      answer.then(onLate).catch(() => undefined)
    }, STORE_DEADLINE_MS)
    answer.then(resolve, reject).finally(cancel)
  })
}

/** Stores of others may have promises of their own kind. */
function isThenable<T>(answer: MaybePromise<T>): answer is Promise<T> {
  return typeof answer === 'object' && answer !== null && 'then' in answer
}

function nonsense(): ProcuraError {
  return new ProcuraError('ERR_PROCURA_STORAGE', 'the store answered what its port does not have')
}
