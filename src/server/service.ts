import type { Issuer } from '../issuer/issuer.ts'
import type { AccessTokens } from './http/access-tokens.ts'
import type { WriteLimiter } from './http/write-limiter.ts'
import type { RewrapState } from './keys/rewrap-data-keys.ts'
import type { Logger } from './logger.ts'
import type { HeadEvents } from './publication/head-events.ts'
import type { PublisherState } from './publisher.ts'
import type { SignalReceiver } from './signals/signal-receiver.ts'

/** What every route works with; made once by `startService`. */
export interface Service {
  readonly issuer: Issuer
  /** No token, key or claim is ever logged. */
  readonly log: Logger
  readonly publisher: PublisherState
  readonly headEvents: HeadEvents
  readonly writes: WriteLimiter
  readonly signals: SignalReceiver
  /** To which events may be posted though they are private, or without TLS. */
  readonly deliveryHosts: ReadonlySet<string>
  /** While a previous key-encryption key is named. */
  readonly rewrap?: RewrapState
  /** Absent: no token is accepted. */
  readonly tokens?: AccessTokens
}
