import type { JsonObject } from '../core/json.ts'

/** What a service provider is asked to do; what every link of the chain must allow. */
export interface AccessRequest {
  /** Dotted name, compared exactly: `mail.read`. */
  readonly action: string
  /** Origin of the configured audience, never the Host header: `https://mail.example`. */
  readonly origin: string
  /** Path of the request, as received, without query. */
  readonly path: string
  /** The resource acted on: `inbox/support`. */
  readonly identifier?: string
  /** Arguments that `range` and `one_of` read. Only own members are looked at. */
  readonly arguments?: JsonObject
  /** Peer address after the configured number of proxies, for `cidr`. */
  readonly clientAddress?: string
  /** Milliseconds since 1970, for `time`. */
  readonly now: number
}
