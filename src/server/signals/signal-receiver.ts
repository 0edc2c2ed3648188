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
   * Does what a token says. It is done, and remembered, when this settles without an error.
   *
   * @throws {ApiError} `unavailable` when the keys cannot be had, `not_found` when the transmitter was removed meanwhile.
   */
  async receive(
    transmitter: Transmitter,
    token: string,
    requestId: string = createUuid(this.#issuer.random),
  ): Promise<SetError | undefined> {
    const { id, issuer, tenant } = transmitter
    if (!this.isTrusted(issuer)) throw keysUnavailable('the operator does not list the issuer any more')
    const now = this.#issuer.clock()
    const keys = this.#keys.get.bind(this.#keys, issuer)
    const signal = await openSet(token, { transmitter, keys, now })
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
    this.#log[SILENCING.has(outcome) ? 'warn' : 'info'](
      {
        tenant,
        transmitter: id,
        outcome,
        owners,
        requestId,
        ...(done.done && done.replayed && { again: true }),
      },
      'a security event was received',
    )
    return undefined
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
