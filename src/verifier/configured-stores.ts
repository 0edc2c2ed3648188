import type { Clock } from '../core/clock.ts'
import type { SetTimer } from '../core/timer.ts'
import { ProcuraError } from '../errors.ts'
import type { ChainStore, ReplayStore, StatusStore, UsageStore } from './ports.ts'
import { MemoryReplayStore } from './replay-store.ts'
import type { VerifierAlarm } from './verifier-alarm.ts'

export interface StorePorts {
  readonly clock: Clock
  readonly setTimer: SetTimer
  /** Told when a store fails. */
  readonly tell: (alarm: VerifierAlarm) => void
}

/**
 * The replay store that was configured, guarded; else one in this process.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` for what is no store; so do the others here.
 */
export function replayStoreOf(configured: ReplayStore | undefined, ports: StorePorts): ReplayStore {
  if (configured === undefined) return new MemoryReplayStore(ports.clock)
  assertStore('replay', configured, ['use'])
  const load = once(async () => (await guards()).guardReplayStore(configured, ports))
  return { use: async (...nonce) => (await load()).use(...nonce) }
}

/**
 * The usage store that was configured, guarded; else one in this process. Either is loaded when there is something to
 * count: for most services there never is.
 */
export function usageStoreOf(configured: UsageStore | undefined, ports: StorePorts): UsageStore {
  if (configured !== undefined) assertStore('usage', configured, ['reserve', 'release'])
  const load = once(async () => {
    if (configured === undefined) {
      const { MemoryUsageStore } = await import('./usage-store.ts')
      return new MemoryUsageStore(ports.clock)
    }
    return (await guards()).guardUsageStore(configured, ports)
  })
  return {
    reserve: async (agent, charges) => (await load()).reserve(agent, charges),
    release: async (agent, charges) => (await load()).release(agent, charges),
  }
}

/** The chain store that was configured, guarded; else `otherwise`. */
export function chainStoreOf(
  configured: ChainStore | undefined,
  otherwise: ChainStore,
  ports: StorePorts,
): ChainStore {
  if (configured === undefined) return otherwise
  assertStore('chains', configured, ['get', 'put'])
  const load = once(async () => (await guards()).guardChainStore(configured, ports))
  return {
    get: async (digest) => (await load()).get(digest),
    put: async (digest, chain) => (await load()).put(digest, chain),
  }
}

/** The status store that was configured; what guards it is loaded with what follows the status. */
export function statusStoreOf(configured: StatusStore | undefined): StatusStore | undefined {
  if (configured !== undefined) assertStore('statusStore', configured, ['load', 'save'])
  return configured
}

/** Something else would be noticed with the first request that needs it. */
function assertStore(option: string, store: unknown, methods: readonly string[]): void {
  if (
    typeof store === 'object' &&
    store !== null &&
    methods.every((method) => typeof Reflect.get(store, method) === 'function')
  )
    return
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `${option} must be a store, with ${methods.join('() and ')}()`,
  )
}

/** Loaded where a store was configured. */
function guards() {
  return import('./guarded-stores.ts')
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
