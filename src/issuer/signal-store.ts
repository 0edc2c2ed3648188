import type { WriteContext, Written } from './ports.ts'
import type { OidcSubject } from './principal-id.ts'
import type { Id } from './records.ts'

/** With which a transmitter may sign; each has one of them. */
export const SIGNAL_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const
/** One of {@link SIGNAL_ALGORITHMS}. */
export type SignalAlgorithm = (typeof SIGNAL_ALGORITHMS)[number]

/** Somebody who sends security events (OpenID Shared Signals) about owners of a tenant. */
export interface Transmitter {
  readonly tenant: string
  readonly id: Id
  /** Exactly as it names itself. */
  readonly issuer: string
  /** Whose subjects it speaks of; others are nobody. */
  readonly subjectIssuer: string
  /** What its events must be for. */
  readonly audience: string
  readonly algorithm: SignalAlgorithm
  /** SHA-256, base64url, of the `Authorization` that it sends along; absent: its signature is enough. */
  readonly authorizationDigest?: string
  /** Where its events are fetched; absent: it brings them. */
  readonly pollUrl?: string
  /** Whether its account-enabled lifts what its account-disabled placed. */
  readonly lifts: boolean
  readonly createdAt: number
}

/** What came of an event. `ignored`: of a type, or about a state, that nothing follows from. */
export type SignalOutcome =
  | 'suspended'
  | 'offboarded'
  | 'resumed'
  | 'ignored'
  | 'unknown_subject'
  | 'verified'
  | 'stream_enabled'
  | 'stream_paused'
  | 'stream_disabled'

/** What an event asks for, of whom. */
export type SignalDemand =
  | {
      readonly kind: 'suspend' | 'offboard' | 'resume'
      /** Names of one person; any of them may be known. */
      readonly subjects: readonly OidcSubject[]
    }
  /** Nothing is done: how it is recorded. */
  | { readonly kind: 'note'; readonly outcome: SignalOutcome }

/** A security event whose signature holds. */
export interface Signal {
  /** Unique for its issuer. */
  readonly jti: string
  /** SHA-256 of what was signed, base64url. */
  readonly digest: string
  /** When it happened, as far as is said, in milliseconds since 1970. */
  readonly at: number
  readonly demand: SignalDemand
  /** For the trail: which event, by which token. */
  readonly reason: string
}

/** What a signal did. */
export interface SignalReport {
  readonly outcome: SignalOutcome
  /** How many owners it hit. */
  readonly owners: number
}

/** A transmitter, and what came from it last. */
export interface TransmitterState extends Transmitter {
  /** In milliseconds since 1970. */
  readonly receivedAt?: number
  readonly verifiedAt?: number
  /** As the transmitter said last. */
  readonly stream?: 'enabled' | 'paused' | 'disabled'
}

/** Who may send security events, and what they sent; the part of `Store` that keeps it. */
export interface SignalStore {
  transmitter(tenant: string, id: Id): Promise<Transmitter | undefined>
  /** Oldest first; there are few. */
  transmitters(tenant: string): Promise<readonly TransmitterState[]>
  /** Refused with `quota_exceeded` when there are too many. */
  addTransmitter(transmitter: Transmitter, context: WriteContext): Promise<Written<Transmitter>>
  /** Nothing is taken from it any more. The holds that it placed stand. */
  removeTransmitter(id: Id, context: WriteContext): Promise<Written<Transmitter>>
  /**
   * Does what a signal asks for, and remembers it, in one transaction. The same signal again does nothing and answers as before, also
   * from another transmitter of the issuer, unless nothing came of it; another one of the same `jti` is refused with
   * `idempotency_mismatch`.
   */
  receiveSignal(id: Id, signal: Signal, context: WriteContext): Promise<Written<SignalReport>>
}
