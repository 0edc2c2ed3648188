import { ProcuraError } from '../../errors.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import { serviceContext } from '../../issuer/service-context.ts'
import { StandingAlarm } from '../alarms.ts'
import type { Logger } from '../logger.ts'
import { type KeyEncryptionKeys, kekNameOf, openDataKey, wrapDataKey, wrappedUnder } from './envelope.ts'

/** Pause before what failed is tried again, in milliseconds. */
const RETRY_MS = 5_000

/** What the rest of the service may know of a change of the key-encryption key. */
export interface RewrapState {
  /** Whether anything may still be under the previous key. */
  isPreviousNeeded(): boolean
}

/** How far it got, in tenants. */
export interface RewrapProgress {
  readonly done: number
  readonly of: number
}

/**
 * Wraps the data-encryption key of every tenant under the present key-encryption key, each in a transaction of its own, while the
 * service works: the keys themselves stay. Interrupted anywhere, each is under one key or the other, and it can be repeated.
 * Several processes may do it at once.
 *
 * @returns How many were under another key, or under a nameless one, and are not any more.
 */
export async function rewrapDataKeys(
  issuer: Pick<Issuer, 'store' | 'clock' | 'random'>,
  keks: KeyEncryptionKeys,
  onProgress: (progress: RewrapProgress) => void = () => {},
): Promise<number> {
  const tenants = await issuer.store.tenants()
  let rewrapped = 0
  for (const [i, tenant] of tenants.entries()) {
    for (const key of await issuer.store.keys(tenant.id, 'data-encryption')) {
      if (wrappedUnder(key) === kekNameOf(keks.kek)) continue
      const plain = openDataKey(key, keks)
      if (plain === undefined) throw doesNotOpen(tenant.id)
      const wrapped = wrapDataKey(plain, { kek: keks.kek, binding: key, random: issuer.random })
      plain.fill(0)
      const context = serviceContext(issuer, tenant)
      if (await issuer.store.rewrapKey({ ...key, wrapped }, key.wrapped, context)) rewrapped++
    }
    onProgress({ done: i + 1, of: tenants.length })
  }
  return rewrapped
}

/** Starts {@link rewrapDataKeys} beside the work of the service, where a previous key is named. Tries again until it is done. */
export function startRewrapping(
  issuer: Issuer,
  keks: KeyEncryptionKeys,
  log: Logger,
): { readonly state: RewrapState | undefined; stop(): void } {
  if (keks.previousKek === undefined) return { state: undefined, stop: () => {} }
  let isNeeded = true
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  const failure = new StandingAlarm(log, 'kek_not_changed', issuer.store)
  const attempt = async (): Promise<void> => {
    try {
      const count = await rewrapDataKeys(issuer, keks, (progress) =>
        log.info(progress, 'wrapping the keys of tenants under the new key-encryption key'),
      )
      isNeeded = false
      failure.clear()
      log.warn(
        { count },
        'nothing is under the previous key-encryption key any more: unset PROCURA_KEK_PREVIOUS',
      )
    } catch (err) {
      if (isStopped) return
      failure.raise({ err })
      timer = setTimeout(() => void attempt(), RETRY_MS)
    }
  }
  void attempt()
  const stop = () => {
    isStopped = true
    clearTimeout(timer)
  }
  return { state: { isPreviousNeeded: () => isNeeded }, stop }
}

function doesNotOpen(tenant: string): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_INVALID_KEY',
    `the data-encryption key of tenant "${tenant}" is under neither key-encryption key`,
  )
}
