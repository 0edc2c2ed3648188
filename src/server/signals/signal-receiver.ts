import type { Fetch } from '../../core/clock.ts'
import { createUuid } from '../../core/uuid.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import type { WriteContext } from '../../issuer/ports.ts'
import type { SignalOutcome, Transmitter } from '../../issuer/signal-store.ts'
import { unwrap } from '../http/answer.ts'
import { keysUnavailable, ProviderKeys } from '../http/provider-keys.ts'
import type { Logger } from '../logger.ts'
import { openSet } from './open-set.ts'
import { type SetError, setError } from './set-error.ts'

/** What a process has refused of a transmitter, or in its name, since it started. */
export interface Refusals {
  readonly count: number
  readonly last: SetError['err']
  /** Milliseconds since 1970. */
  readonly lastAt: number
}

/**
 * What became of a token: its effect is there and remembered, now or since it came before; or it is to be brought again, because its key
 * may be listed by then; or it is refused for good.
 */
export type Receipt = 'done' | 'again' | 'later' | SetError

export interface Arrival {
  readonly requestId?: string
  /** When the token was there, in milliseconds of the process. */
  readonly cameAt?: number
}

/** After these nothing more comes until somebody looks after it. */
const SILENCING: ReadonlySet<SignalOutcome> = new Set(['stream_paused', 'stream_disabled'])

/** Takes security events: whoever brings them, by the signature of the transmitter alone. */
export class SignalReceiver {
  readonly #issuer: Issuer
  readonly #log: Logger
  readonly #keys: ProviderKeys
  readonly #refusals = new Map<string, Refusals>()

  /**
   * @param issuers Of transmitters that may be registered, as the operator listed them: they are asked for their keys.
   * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` for an issuer that is no usable URL.
   */
  constructor(issuer: Issuer, log: Logger, issuers: readonly string[] = []) {
    this.#issuer = issuer
    this.#log = log
    this.#keys = new ProviderKeys({ issuers, metadataUrl, clock: issuer.clock })
  }

  isTrusted(issuer: string): boolean {
    return this.#keys.isTrusted(issuer)
  }

  /** Whether events may be fetched there. */
  mayBePolled(url: string): boolean {
    return this.#keys.mayBeAsked(url)
  }

  get fetch(): Fetch {
    return this.#keys.fetch
  }

  refusals(transmitterId: string): Refusals | undefined {
    return this.#refusals.get(transmitterId)
  }

  /**
   * Does what a token says.
   *
   * @throws {ApiError} `unavailable` when the keys cannot be had, `not_found` when the transmitter was removed meanwhile.
   */
  async receive(
    transmitter: Transmitter,
    token: string,
    { requestId = createUuid(this.#issuer.random), cameAt = performance.now() }: Arrival = {},
  ): Promise<Receipt> {
    const { id, issuer, tenant } = transmitter
    if (!this.isTrusted(issuer)) throw keysUnavailable('the operator does not list the issuer any more')
    const now = this.#issuer.clock()
    const keys = this.#keys.get.bind(this.#keys, issuer)
    const areKeysNew = () => this.#keys.areNewerThan(issuer, cameAt)
    const signal = await openSet(token, { transmitter, keys, areKeysNew, now })
    if (signal === 'later') return signal
    if ('err' in signal) return this.refused(transmitter, signal)
    const context: WriteContext = {
      principal: { tenant, did: `transmitter:${id}`, role: 'transmitter' },
      at: now,
      requestId,
    }
    const done = await this.#issuer.store.receiveSignal(id, signal, context)
    if (!done.done && done.refusal.code === 'idempotency_mismatch')
      return this.refused(transmitter, setError('invalid_request', 'the jti is that of another event'))
    const { outcome, owners } = unwrap(done)
    const isAgain = done.done && done.replayed
    this.#log[SILENCING.has(outcome) ? 'warn' : 'info'](
      {
        tenant,
        transmitter: id,
        outcome,
        owners,
        requestId,
        ...(isAgain && { again: true }),
      },
      'a security event was received',
    )
    return isAgain ? 'again' : 'done'
  }

  /** What was refused of transmitters that are no more. @param known Those that are. */
  forgetOthers(known: ReadonlySet<string>): void {
    for (const id of this.#refusals.keys()) if (!known.has(id)) this.#refusals.delete(id)
  }

  /** Counts it. @returns The error. */
  refused({ id, tenant }: Transmitter, error: SetError): SetError {
    const count = (this.#refusals.get(id)?.count ?? 0) + 1
    this.#refusals.set(id, { count, last: error.err, lastAt: this.#issuer.clock() })
    this.#log.debug({ tenant, transmitter: id, err: error.err }, 'a security event was refused')
    return error
  }
}

/** SSF 1.0 §7.2.1: between host and path. */
function metadataUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/ssf-configuration${pathname.replace(/\/$/, '')}`
}
