import type { Clock, Random } from '../core/clock.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { KeyRing, Store } from './ports.ts'

/** What every use case works with. */
export interface Issuer {
  readonly store: Store
  readonly keys: KeyRing
  readonly clock: Clock
  readonly random: Random
  readonly resolver: DidResolver
  /** Scheme, host and port of the service: `https://id.example`. */
  readonly origin: string
}
