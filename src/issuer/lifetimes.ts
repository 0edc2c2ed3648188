import { type JsonObject, member } from '../core/json.ts'

/** Life of an OwnerCredential, in milliseconds: 30 days (spec 10 "Defaults"). */
export const OWNER_CREDENTIAL_MS: number = 30 * 86_400_000

/** Life of an agent's delegation when nothing is said, in seconds: one day (spec 10 "Defaults"). */
export const DEFAULT_DELEGATION_SECONDS = 86_400

/** Longest life of an agent's delegation, in seconds: 90 days, the longest rotation interval that anyone asks for. */
export const MAX_DELEGATION_SECONDS: number = 90 * 86_400

/** How deep an agent may delegate when nothing is said: it makes runs, and those make nothing. */
export const DEFAULT_MAX_DEPTH = 1

/** Life of each credential of a delegation with these terms, in milliseconds. */
export function lifetimeMs(terms: JsonObject): number {
  const seconds = member(terms, 'lifetimeSeconds')
  return typeof seconds === 'number' ? seconds * 1000 : 0
}
