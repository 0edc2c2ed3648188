import type { Clock, Random } from '../core/clock.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { KeyRing } from './key-store.ts'
import type { Store } from './ports.ts'

/** What every use case works with. */
export interface Issuer {
  readonly store: Store
  readonly keys: KeyRing
  readonly clock: Clock
  readonly random: Random
  readonly resolver: DidResolver
  /** Scheme, host and port of the service: `https://id.example`. */
  readonly origin: string
  /**
   * Names this process among all that share the store. Where nobody else can have it at the same time, it is the same after a
   * restart, so that publishing goes on at once; where several can, it is a new one each time.
   */
  readonly instance: string
}
