import type { Did } from '../model/did.ts'

/**
 * Who calls: a DID, or whoever an OpenID provider calls by this subject (docs/decisions/0066). Who sends security events acts, and
 * never calls.
 */
export type PrincipalId = Did | `oidc:${string}` | `transmitter:${string}`

/** A person or platform, as an OpenID provider names it. */
export interface OidcSubject {
  /** URL of the provider, exactly as it names itself. */
  readonly issuer: string
  readonly subject: string
}

/** Subjects are ASCII, at most 255 characters (OpenID Connect Core §2). */
export const OIDC_SUBJECT: RegExp = /^[\x20-\x7e]{1,255}$/

const OIDC_ID = /^oidc:([A-Za-z0-9._~-]+):([A-Za-z0-9._~-]+)$/

/** `oidc:https~3A~2F~2Flogin.example:ada`: one text for one subject, that fits into a path and an audit entry. */
export function oidcId({ issuer, subject }: OidcSubject): `oidc:${string}` {
  return `oidc:${pathSafe(issuer)}:${pathSafe(subject)}`
}

/** @returns `undefined` when the text is no such id. */
export function parseOidcId(text: string): OidcSubject | undefined {
  const [, issuer, subject] = OIDC_ID.exec(text) ?? []
  if (issuer === undefined || subject === undefined) return undefined
  const named = { issuer: fromPathSafe(issuer), subject: fromPathSafe(subject) }
  return oidcId(named) === text ? named : undefined
}

export function isOidcId(text: string): text is `oidc:${string}` {
  return parseOidcId(text) !== undefined
}

/** Everything but letters, digits, `.`, `_` and `-`, byte by byte; both names are visible ASCII. */
function pathSafe(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._-]/g, (char) => `~${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function fromPathSafe(text: string): string {
  return text.replaceAll(/~([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
