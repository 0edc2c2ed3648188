import type { Did } from '../model/did.ts'
import type { Verdict } from '../refusal.ts'
import type { EmergencyList } from './emergency.ts'
import type { Head } from './head.ts'

/**
 * Something that an honest status issuer never does. Refusing is not enough: someone must look, so the evidence
 * goes along. Holds public material only.
 */
export type StatusAlarm =
  /** Two signed heads that cannot both belong to one history. */
  | { readonly kind: 'head_conflict'; readonly held: Head; readonly presented: Head }
  /** Two signed lists with one version and different bits. */
  | {
      readonly kind: 'list_conflict'
      readonly statusIssuer: Did
      readonly url: string
      readonly version: number
      readonly heldDigest: string
      readonly presentedDigest: string
    }
  /** A newer list without revocations that an older one had. They stay in force. */
  | {
      readonly kind: 'revocation_cleared'
      readonly statusIssuer: Did
      readonly url: string
      readonly version: number
      /** How many entries; those that two keys of the status issuer revoked count twice. */
      readonly cleared: number
    }
  /** An emergency list that lacks what an older one listed, or has no higher number. Whatever either lists counts. */
  | { readonly kind: 'emergency_rollback'; readonly held: EmergencyList; readonly presented: EmergencyList }

/** A verdict and what came to light on the way to it. */
export interface Ruling<T> {
  readonly verdict: Verdict<T>
  readonly alarm?: StatusAlarm
}
